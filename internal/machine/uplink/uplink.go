// Package uplink finds what a machine needs of its host to reach the world: name servers,
// proxies, options of package managers and certificates of private authorities.
//
// A machine gets all of it while it runs, by files below /run and the environment of the
// agent, so that nothing of it is ever on an image.
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

// Uplink is the uplink of a host.
type Uplink struct {
	Nameservers []string
	Search      []string
	// Proxies maps names of variables to proxies. Components see their users and
	// passwords, because the proxies cannot be used without them. Notes and logs never
	// contain them.
	Proxies map[string]string
	APT     []string // lines of an apt.conf
	// Authorities is a bundle of certificates in PEM. It is empty if the host trusts only
	// the authorities of its distribution.
	Authorities []byte
	// Notes are sentences about what the host has and a machine cannot use.
	Notes []string
}

// Files of the uplink, in a folder that the machine sees.
const (
	aptFile         = "apt.conf"
	authoritiesFile = "authorities.pem"
)

// Find returns the uplink of this host.
func Find(ctx context.Context) Uplink {
	var u Uplink
	u.resolver()
	u.proxies(os.Environ())
	u.apt(ctx)
	u.authorities()
	return u
}

// resolverFiles have the host's name servers. If the first has only the stub of
// systemd-resolved, on the loopback, the second has the real ones.
var resolverFiles = []string{"/etc/resolv.conf", "/run/systemd/resolve/resolv.conf"}

// Nameservers returns the name servers of the host that a machine may reach.
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

// ParseResolvConf returns the search list and the name servers, without those on the
// loopback or at 0.0.0.0, which means the same.
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

// ResolvConf returns the text of a resolv.conf for a machine.
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

// Resolved returns the text of a drop-in for systemd-resolved.
func (u Uplink) Resolved() string {
	return fmt.Sprintf("[Resolve]\nDNS=%s\nDomains=%s\n", strings.Join(u.Nameservers, " "), strings.Join(u.Search, " "))
}

// proxyNames are the variables that programs read, in lower or upper case.
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

// onHost reports whether a URL names an address of this host, which machines cannot
// reach.
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

// aptOptions are prefixes of the options that concern the network.
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

// wantedAPT reports whether an option is wanted: not if its value is a program or file of
// the host.
func wantedAPT(name string) bool {
	for _, file := range []string{"CAInfo", "CAPath", "SslCert", "SslKey", "CrlFile", "Detect", "Auto"} {
		if strings.Contains(name, file) {
			return false
		}
	}
	return slices.ContainsFunc(aptOptions, func(o string) bool { return strings.HasPrefix(name, o) })
}

// bundles are the files in which distributions keep all certificates, each with the
// folder to which administrators add private ones.
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
	_ = filepath.WalkDir(dir, func(_ string, e os.DirEntry, err error) error { // the folder need not exist
		if err == nil && e.Type().IsRegular() {
			found = true
			return filepath.SkipAll
		}
		return nil
	})
	return found
}

// Files returns the files of the uplink by name, for a folder that the machine sees as
// dir.
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

// authorityNames are the variables that tell programs where certificates are.
var authorityNames = []string{
	"SSL_CERT_FILE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "PIP_CERT", "GIT_SSL_CAINFO", "NODE_EXTRA_CA_CERTS", "AWS_CA_BUNDLE",
}

// Environment returns the variables for programs in the machine, which see the folder of
// [Uplink.Files] as dir.
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

// EnvironmentFile returns the text of a file for systemd's EnvironmentFile=.
func EnvironmentFile(env map[string]string) []byte {
	var b bytes.Buffer
	for _, name := range slices.Sorted(maps.Keys(env)) {
		value := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", "").Replace(env[name])
		fmt.Fprintf(&b, "%s=\"%s\"\n", name, value)
	}
	return b.Bytes()
}
