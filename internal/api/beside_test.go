package api_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

func TestHealthAndMetrics(t *testing.T) {
	b := start(t)
	plain().send(t, b.endpoint)
	l := plain()
	l.path = "/Nothing"
	l.send(t, b.endpoint)
	if got := get(t, b.endpoint+"/health"); got != `{"status":"ok","version":"v1"}`+"\n" {
		t.Errorf("health: %s", got)
	}
	got := get(t, b.endpoint+"/metrics")
	for _, want := range []string{
		`ingot_requests_total{service="imagebuilder",operation="ListComponents",code="OK"} 1`,
		`ingot_requests_total{service="imagebuilder",operation="",code="UnknownOperationException"} 1`,
		"ingot_uptime_seconds ", "go_memory_bytes ",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("metrics lack %s:\n%s", want, got)
		}
	}
	for _, want := range []string{"operation=ListComponents account=123456789012 region=us-east-1 status=200", `operation="POST /Nothing"`, "code=UnknownOperationException"} {
		if !strings.Contains(b.log.String(), want) {
			t.Errorf("log lacks %s:\n%s", want, b.log)
		}
	}
}

func get(t *testing.T, url string) string {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s %v", url, resp.Status, err)
	}
	return string(text)
}
