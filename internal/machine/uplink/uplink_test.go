package uplink_test

import (
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ingot/internal/machine/uplink"
)

func TestResolvers(t *testing.T) {
	servers, search := uplink.ParseResolvConf("# a remark\nnameserver 127.0.0.53\nnameserver 192.0.2.53\nnameserver ::1\nnameserver 0.0.0.0\nnameserver\noptions edns0\nsearch a.example b.example\n")
	if !slices.Equal(servers, []string{"192.0.2.53"}) {
		t.Errorf("servers %v: those on the loopback are of no use in a machine", servers)
	}
	if !slices.Equal(search, []string{"a.example", "b.example"}) {
		t.Errorf("search list %v", search)
	}
	u := uplink.Uplink{Nameservers: servers, Search: search}
	if got := u.ResolvConf(); got != "nameserver 192.0.2.53\nsearch a.example b.example\n" {
		t.Errorf("resolv.conf:\n%s", got)
	}
}

func TestProxiesOnTheHostAreLeftOut(t *testing.T) {
	for _, proxy := range append(ownAddresses(t), "localhost", "127.0.0.1", "[::1]", "0.0.0.0") {
		t.Setenv("http_proxy", "http://somebody:secret@"+proxy+":3128")
		t.Setenv("HTTPS_PROXY", "http://proxy.example:3128")
		t.Setenv("no_proxy", "localhost,127.0.0.1")
		u := uplink.Find(t.Context())
		env := u.Environment("/run/here")
		if env["http_proxy"] != "" || env["HTTPS_PROXY"] != "http://proxy.example:3128" || env["no_proxy"] == "" {
			t.Errorf("environment %v", env)
		}
		if !slices.ContainsFunc(u.Notes, func(n string) bool { return strings.HasPrefix(n, "http_proxy ") }) {
			t.Errorf("no note says that the proxy is left out: %q", u.Notes)
		}
		if notes := strings.Join(u.Notes, " "); strings.Contains(notes, "secret") {
			t.Errorf("the notes, which are logged, tell a password: %s", notes)
		}
	}
}

func ownAddresses(t *testing.T) (all []string) {
	t.Helper()
	own, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range own {
		if p, err := netip.ParsePrefix(a.String()); err == nil && p.Addr().Is4() {
			all = append(all, p.Addr().String())
		}
	}
	return all
}

// TestProxyKeepsItsPassword has a proxy elsewhere that needs its password.
func TestProxyKeepsItsPassword(t *testing.T) {
	const proxy = "http://somebody:secret@proxy.example:3128"
	t.Setenv("http_proxy", proxy)
	u := uplink.Find(t.Context())
	if got := u.Environment("/run/here")["http_proxy"]; got != proxy {
		t.Errorf("http_proxy=%s", got)
	}
	if notes := strings.Join(u.Notes, " "); strings.Contains(notes, "secret") {
		t.Errorf("the notes, which are logged, tell a password: %s", notes)
	}
}

func TestAuthorities(t *testing.T) {
	u := uplink.Uplink{Authorities: []byte("certificates"), APT: []string{`Acquire::Check-Date "false";`}}
	env, files := u.Environment("/run/here"), u.Files("/run/here")
	name, ok := strings.CutPrefix(env["SSL_CERT_FILE"], "/run/here/")
	if !ok || string(files[name]) != "certificates" {
		t.Errorf("SSL_CERT_FILE=%s, files %v", env["SSL_CERT_FILE"], files)
	}
	conf := filepath.Join(t.TempDir(), "apt.conf")
	if err := os.WriteFile(conf, files[strings.TrimPrefix(env["APT_CONFIG"], "/run/here/")], 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := exec.LookPath("apt-config"); err != nil {
		t.Skip("this host has no apt to read its configuration with")
	}
	cmd := exec.Command("apt-config", "dump", "Acquire::https::CAInfo")
	cmd.Env = append(os.Environ(), "APT_CONFIG="+conf)
	if out, err := cmd.Output(); err != nil || !strings.Contains(string(out), env["SSL_CERT_FILE"]) {
		t.Errorf("apt reads %q, %v", out, err)
	}
}

func TestHostWithoutUplink(t *testing.T) {
	u := uplink.Uplink{}
	if env, files := u.Environment("/run/here"), u.Files("/run/here"); len(env)+len(files) > 0 {
		t.Errorf("environment %v, files %v", env, files)
	}
}

func TestEnvironmentFile(t *testing.T) {
	got := string(uplink.EnvironmentFile(map[string]string{"b": `say "no"`, "a": "1"}))
	if got != "a=\"1\"\nb=\"say \\\"no\\\"\"\n" {
		t.Errorf("%s", got)
	}
}
