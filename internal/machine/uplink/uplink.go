// Package uplink finds what a machine needs of its host to reach the world: name
// servers, proxies, package manager options and the certificates of private
// authorities.
//
// All of it is handed to a machine while it runs, by files below /run and by the
// environment of the agent, so that nothing of it is ever on an image.
//
// Terms:
//
//   - uplink: what a machine needs of its host to reach the world.
package uplink

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Uplink is what one host has.
type Uplink struct {
	Nameservers []string
	Search      []string
	// Proxies are by the name of the variable. One that has a user and a password is of
	// no use without them, so a component sees them, as apt does in its options. They
	// are in no note and no log.
	Proxies map[string]string
	APT     []string // lines of an apt.conf
	// Authorities is a bundle of certificates in PEM. It is empty where the host
	// trusts nobody beyond what its distribution does.
	Authorities []byte
	// Notes say what the host has and a machine cannot use, in words.
	Notes []string
}

// Files of the uplink, in the folder that is handed to the machine.
const (
	aptFile         = "apt.conf"
	authoritiesFile = "authorities.pem"
)

// Find asks the host.
func Find(ctx context.Context) Uplink {
	var u Uplink
	u.resolver()
	u.proxies(os.Environ())
	u.apt(ctx)
	u.authorities()
	return u
}

// resolverFiles are where the host's name servers are; behind the stub of
// systemd-resolved, which answers on the loopback alone, are the real ones.
var resolverFiles = []string{"/etc/resolv.conf", "/run/systemd/resolve/resolv.conf"}

// Nameservers are the host's that a machine may reach.
func Nameservers() []string {
	var u Uplink
	u.resolver()
	return u.Nameservers
}

func (u *Uplink) resolver() {
	for _, f := range resolverFiles {
		text, err := os.ReadFile(f)
		if err != nil {
			continue
		}
		if u.Nameservers, u.Search = ParseResolvConf(string(text)); len(u.Nameservers) > 0 {
			return
		}
	}
	u.Notes = append(u.Notes, "the host has no name server that a machine can reach, only ones on its loopback: names will not resolve inside")
}

// ParseResolvConf gives the name servers that are not on the loopback (as is 0.0.0.0), and
// the search list.
func ParseResolvConf(text string) (servers, search []string) {
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		switch {
		case len(f) < 2:
		case f[0] == "nameserver":
			if a, err := netip.ParseAddr(f[1]); err == nil && !a.IsLoopback() && !a.IsUnspecified() && a.Is4() {
				servers = append(servers, f[1])
			}
		case f[0] == "search" || f[0] == "domain":
			search = f[1:]
		}
	}
	return servers, search
}

// ResolvConf is the text of a resolv.conf for a machine.
func (u Uplink) ResolvConf() string {
	var s strings.Builder
	for _, n := range u.Nameservers {
		fmt.Fprintf(&s, "nameserver %s\n", n)
	}
	if len(u.Search) > 0 {
		fmt.Fprintf(&s, "search %s\n", strings.Join(u.Search, " "))
	}
	return s.String()
}

// Resolved is the text of a drop-in for systemd-resolved.
func (u Uplink) Resolved() string {
	return fmt.Sprintf("[Resolve]\nDNS=%s\nDomains=%s\n", strings.Join(u.Nameservers, " "), strings.Join(u.Search, " "))
}

// proxyNames are the variables that programs read, in both writings.
var proxyNames = []string{"http_proxy", "https_proxy", "ftp_proxy", "all_proxy", "no_proxy"}

func (u *Uplink) proxies(environ []string) {
	u.Proxies = map[string]string{}
	for _, e := range environ {
		name, value, _ := strings.Cut(e, "=")
		if !slices.Contains(proxyNames, strings.ToLower(name)) || value == "" {
			continue
		}
		if !strings.EqualFold(name, "no_proxy") && onHost(value) {
			u.Notes = append(u.Notes, name+" names a proxy on the host itself, which a machine cannot reach: it is left out")
			continue
		}
		u.Proxies[name] = value
	}
}

// onHost says whether a URL names an address of this host: machines reach none of them.
func onHost(proxy string) bool {
	if !strings.Contains(proxy, "://") {
		proxy = "http://" + proxy
	}
	parsed, err := url.Parse(proxy)
	if err != nil {
		return false
	}
	if parsed.Hostname() == "localhost" {
		return true
	}
	a, err := netip.ParseAddr(parsed.Hostname())
	return err == nil && (a.IsLoopback() || a.IsUnspecified() || isOwn(a))
}

func isOwn(a netip.Addr) bool {
	own, err := net.InterfaceAddrs()
	return err == nil && slices.ContainsFunc(own, func(o net.Addr) bool {
		p, err := netip.ParsePrefix(o.String())
		return err == nil && p.Addr() == a.Unmap()
	})
}

// aptOptions are the beginnings of the options that are the network's and not the
// host's own taste.
var aptOptions = []string{
	"Acquire::http::", "Acquire::https::", "Acquire::Check-Valid-Until", "Acquire::Check-Date", "Acquire::Max-ValidTime",
	"Acquire::Max-FutureTime", "Acquire::Retries", "Acquire::ForceIPv4",
}

func (u *Uplink) apt(ctx context.Context) {
	const most = 5 * time.Second
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	out, err := exec.CommandContext(ctx, "apt-config", "dump", "--no-empty").Output()
	if err != nil {
		return // no apt here
	}
	for line := range strings.Lines(string(out)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		if !wantedAPT(name) {
			continue
		}
		value = strings.TrimSuffix(strings.TrimPrefix(value, `"`), `";`)
		if strings.Contains(strings.ToLower(name), "proxy") && onHost(value) {
			u.Notes = append(u.Notes, "apt's "+name+" names a proxy on the host itself, which a machine cannot reach: it is left out")
			continue
		}
		u.APT = append(u.APT, strings.TrimSpace(line))
	}
}

// wantedAPT leaves out options whose values are programs or files of the host.
func wantedAPT(name string) bool {
	for _, file := range []string{"CAInfo", "CAPath", "SslCert", "SslKey", "CrlFile", "Detect", "Auto"} {
		if strings.Contains(name, file) {
			return false
		}
	}
	return slices.ContainsFunc(aptOptions, func(o string) bool { return strings.HasPrefix(name, o) })
}

// bundles are where distributions keep all certificates in one file, each with the
// folder where an administrator adds private ones.
var bundles = map[string]string{
	"/etc/ssl/certs/ca-certificates.crt": "/usr/local/share/ca-certificates",
	"/etc/pki/tls/certs/ca-bundle.crt":   "/etc/pki/ca-trust/source/anchors",
}

func (u *Uplink) authorities() {
	for bundle, added := range bundles {
		if !hasFiles(added) {
			continue
		}
		if text, err := os.ReadFile(bundle); err == nil {
			u.Authorities = text
			return
		}
	}
}

func hasFiles(dir string) bool {
	found := false
	_ = filepath.WalkDir(dir, func(_ string, e os.DirEntry, err error) error { // a folder that is not there has none
		if err == nil && e.Type().IsRegular() {
			found = true
			return filepath.SkipAll
		}
		return nil
	})
	return found
}

// Files are what a machine gets in a folder that it sees as dir, by name.
func (u Uplink) Files(dir string) map[string][]byte {
	files := map[string][]byte{}
	lines := slices.Clone(u.APT)
	if len(u.Authorities) > 0 {
		files[authoritiesFile] = u.Authorities
		lines = append(lines, fmt.Sprintf("Acquire::https::CAInfo %q;", filepath.Join(dir, authoritiesFile)))
	}
	if len(lines) > 0 {
		files[aptFile] = []byte(strings.Join(lines, "\n") + "\n")
	}
	return files
}

// authorityNames are the variables by which programs find certificates.
var authorityNames = []string{
	"SSL_CERT_FILE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "PIP_CERT", "GIT_SSL_CAINFO", "NODE_EXTRA_CA_CERTS", "AWS_CA_BUNDLE",
}

// Environment are the variables for whoever works in the machine, where the folder
// of [Uplink.Files] is seen as dir.
func (u Uplink) Environment(dir string) map[string]string {
	env := maps.Clone(u.Proxies)
	if env == nil {
		env = map[string]string{}
	}
	if len(u.APT) > 0 || len(u.Authorities) > 0 {
		env["APT_CONFIG"] = filepath.Join(dir, aptFile)
	}
	if len(u.Authorities) > 0 {
		for _, name := range authorityNames {
			env[name] = filepath.Join(dir, authoritiesFile)
		}
	}
	return env
}

// EnvironmentFile is the text of a file for systemd's EnvironmentFile=.
func EnvironmentFile(env map[string]string) []byte {
	var b bytes.Buffer
	for _, name := range slices.Sorted(maps.Keys(env)) {
		value := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", "").Replace(env[name])
		fmt.Fprintf(&b, "%s=\"%s\"\n", name, value)
	}
	return b.Bytes()
}
