package clients_test

import (
	"context"
	"log/slog"
	"net"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"ingot/internal/api"
	"ingot/internal/api/apitest"
	"ingot/internal/api/listen"
)

// secured runs the server of a store with TLS beside the plain one, and gives its
// address and the file of its certificate.
func (s *server) secured(t *testing.T) (address, certificate string) {
	t.Helper()
	dir := t.TempDir()
	apitest.Certificate(t, dir)
	logger := slog.New(slog.DiscardHandler)
	certificate = filepath.Join(dir, "cert.pem")
	pair, err := listen.LoadCertificate(certificate, filepath.Join(dir, "key.pem"), logger)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		ended <- listen.Serve(ctx, l, listen.Config{Handler: api.New(config(s.store)), Logger: logger, Certificate: pair})
	}()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return l.Addr().String(), certificate
}

// TestCLIOverTLS trusts the server's own certificate by AWS_CA_BUNDLE, and no other.
func TestCLIOverTLS(t *testing.T) {
	c := newCLI(t)
	address, certificate := c.secured(t)
	c.env = append(c.env, "AWS_ENDPOINT_URL=https://"+address, "AWS_CA_BUNDLE="+certificate, "REQUESTS_CA_BUNDLE=")
	if got := c.ok("sts", "get-caller-identity").text("Account"); got != apitest.Account {
		t.Errorf("the caller is of %s", got)
	}
	c.same(c.ok("ec2", "describe-images", "--owners", "self").row(t, "Images"), map[string]any{"ImageId": c.ami.ID})
	if got, _ := c.ok("imagebuilder", "list-images", "--owner", "Amazon").at("imageVersionList").([]any); len(got) != 1 {
		t.Errorf("images %v", got)
	}
	other := t.TempDir()
	apitest.Certificate(t, other)
	c.env = append(c.env, "AWS_CA_BUNDLE="+filepath.Join(other, "cert.pem"))
	if status, _, stderr := c.run("sts", "get-caller-identity"); status == 0 || !strings.Contains(stderr, "SSL validation failed") {
		t.Errorf("without trust: %d %s", status, stderr)
	}
}

// TestCurl speaks TLS with the server's certificate, and hears what is wrong without.
func TestCurl(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("there is no curl here")
	}
	address, certificate := newServer(t).secured(t)
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"--cacert", certificate, "https://" + address + "/health"}, `"status":"ok"`},
		{[]string{"--cacert", certificate, "--http2", "-w", "%{http_version}", "-o", "/dev/null", "https://" + address + "/health"}, "1.1"},
		{[]string{"--cacert", certificate, "--tlsv1.2", "--tls-max", "1.2", "https://" + address + "/health"}, `"status":"ok"`},
		{[]string{"--cacert", certificate, "--tls-max", "1.1", "--ciphers", "ALL:@SECLEVEL=0", "https://" + address + "/health"}, "protocol version"},
		{[]string{"https://" + address + "/health"}, "SSL certificate problem"},
		{[]string{"http://" + address + "/health"}, "Client sent an HTTP request to an HTTPS server."},
		{[]string{"--cacert", certificate, "--aws-sigv4", "aws:amz:us-east-1:sts", "--user", apitest.AccessKey + ":" + apitest.Secret,
			"-d", "Action=GetCallerIdentity&Version=2011-06-15", "https://" + address}, "<Account>" + apitest.Account + "</Account>"},
		{[]string{"--cacert", certificate, "--compressed", "-H", "Content-Encoding: gzip", "--aws-sigv4", "aws:amz:us-east-1:sts", "--user", apitest.AccessKey + ":" + apitest.Secret,
			"-d", "Action=GetCallerIdentity", "https://" + address}, "send the body as it is"},
	} {
		out, err := exec.CommandContext(t.Context(), "curl", append([]string{"-sS", "--noproxy", "*"}, c.args...)...).CombinedOutput()
		if !strings.Contains(string(out), c.want) {
			t.Errorf("curl %s: %s, %v", strings.Join(c.args, " "), out, err)
		}
	}
}
