// Package script holds the shell scripts that a build runs on its machine beside the
// components. Each function returns the text of one, for a POSIX shell.
package script

import (
	_ "embed"
	"fmt"
	"strings"
)

// StartUp does what the service's start-up script does: it asks for the clean-up at the
// end of the build.
func StartUp(workDir string) string {
	return fmt.Sprintf("mkdir -p %[1]s && : > %[1]s/perform_cleanup", quote(workDir))
}

//go:embed sanitize.sh
var sanitize string

// Sanitize is the clean-up of Linux machines; see docs/differences.md for what it adds.
func Sanitize(workDir string) string {
	return "ROOT=\nWORKDIR=" + quote(workDir) + "\n" + sanitize
}

//go:embed update_boot.sh
var updateBoot string

// UpdateBoot writes the boot configuration anew unless it is newer than what it is made
// from.
func UpdateBoot() string { return "ROOT=\n" + updateBoot }

// Inventory prints the name and version of the operating system and the number of its
// packages, a line each. It asks dpkg's own database, which takes a tenth of the time of
// dpkg-query.
const Inventory = `. /etc/os-release
echo "$NAME"
echo "$VERSION_ID"
n=$(grep -c '^Status: .* installed$' /var/lib/dpkg/status 2>/dev/null)
if [ "${n:-0}" -gt 0 ]; then echo "$n"; else rpm -qa 2>/dev/null | wc -l; fi
`

// quote makes s one word of a POSIX shell.
func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
