package api_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"log/slog"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"ingot/api/ec2"
	"ingot/api/imagebuilder"
	"ingot/internal/api"
	"ingot/internal/api/apitest"
	"ingot/internal/api/listen"
	"ingot/internal/api/sigv4"
)

// serve runs the server as it runs for users, and returns its address.
func serve(t *testing.T, c api.Config, l listen.Config) (address string, log *apitest.Log) {
	t.Helper()
	log = &apitest.Log{}
	l.Logger = slog.New(slog.NewTextHandler(log, nil))
	if c.Keys == nil {
		c.Keys = apitest.OneKey()
	}
	if c.ImageBuilder == nil {
		c.ImageBuilder = apitest.NewImageBuilder()
	}
	c.EC2, c.STS, c.Logger = apitestEC2(c.EC2), apitest.STS{}, l.Logger
	l.Handler = api.New(c)
	port, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- listen.Serve(ctx, port, l) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return port.Addr().String(), log
}

func apitestEC2(s ec2.Service) ec2.Service {
	if s == nil {
		return apitest.EC2{}
	}
	return s
}

// raw is a signed request as text, its headers apart from its body.
type raw struct{ head, body string }

// sign returns the text of a request. With hashed the client sends the hash of the body.
func sign(t testing.TB, address string, l letter, hashed bool) raw {
	t.Helper()
	r, err := http.NewRequest(l.method, "http://"+address+l.path, strings.NewReader(l.body))
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(l.body))
	hash := hex.EncodeToString(sum[:])
	if hashed {
		r.Header.Set("X-Amz-Content-Sha256", hash)
	}
	if err := v4.NewSigner().SignHTTP(context.Background(), aws.Credentials{AccessKeyID: l.key, SecretAccessKey: l.secret}, r, hash, l.service, apitest.Region, time.Now()); err != nil {
		t.Fatal(err)
	}
	if l.spoil != nil {
		l.spoil(r)
	}
	var text bytes.Buffer
	if err := r.Write(&text); err != nil {
		t.Fatal(err)
	}
	head, body, _ := strings.Cut(text.String(), "\r\n\r\n")
	return raw{head + "\r\n\r\n", body}
}

// dial opens a connection and sends a text.
func dial(t testing.TB, address, text string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	if _, err := io.WriteString(c, text); err != nil {
		t.Fatal(err)
	}
	return c
}

// answer reads one answer from a connection.
func answer(t testing.TB, c net.Conn) (status int, code, retry, text string) {
	t.Helper()
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, resp.Header.Get("X-Amzn-Errortype"), resp.Header.Get("Retry-After"), string(body)
}

// call makes a signed call on a connection of its own and wants it to succeed.
func call(t testing.TB, address string) {
	t.Helper()
	text := sign(t, address, plain(), false)
	if status, code, _, body := answer(t, dial(t, address, text.head+text.body)); status != 200 {
		t.Errorf("a signed client gets %d %s: %s", status, code, body)
	}
}

// TestHangingConnections keep no signed client out: neither few of them, nor more than
// the server takes.
func TestHangingConnections(t *testing.T) {
	for _, most := range []int{0, 16} {
		address, _ := serve(t, api.Config{BodyTime: time.Hour}, listen.Config{Connections: most, Grace: time.Millisecond})
		stranger := plain()
		stranger.key = "AKIANOBODY"
		known, unknown := sign(t, address, plain(), false), sign(t, address, stranger, false)
		for i := range 300 {
			switch i % 6 {
			case 0:
				dial(t, address, "")
			case 1:
				dial(t, address, "POST /ListComponents HT")
			case 2:
				dial(t, address, known.head[:len(known.head)-2])
			case 3:
				dial(t, address, known.head) // and never the body
			case 4:
				dial(t, address, unknown.head)
			case 5:
				dial(t, address, "POST /health HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n")
			}
		}
		for range 3 {
			call(t, address)
		}
	}
}

// TestStalledBodies are given up: at once those of strangers, after the time of a part
// those that may be rightly signed.
func TestStalledBodies(t *testing.T) {
	address, _ := serve(t, api.Config{BodyTime: 500 * time.Millisecond}, listen.Config{})
	letterOf := func(change func(*letter)) letter {
		l := plain()
		l.body = `{"owner":"Self"}`
		change(&l)
		return l
	}
	for name, c := range map[string]struct {
		l      letter
		hashed bool
		sent   int // bytes of the body
		status int
		code   string
	}{
		"a stranger's":            {letterOf(func(l *letter) { l.key = "AKIANOBODY" }), false, 0, 403, "UnrecognizedClientException"},
		"an old one":              {letterOf(func(l *letter) { l.spoil = func(r *http.Request) { r.Header.Set("X-Amz-Date", "20200101T000000Z") } }), false, 0, 403, "InvalidSignatureException"},
		"wrongly signed, hashed":  {letterOf(func(l *letter) { l.secret = "wrong" }), true, 0, 403, "InvalidSignatureException"},
		"too large":               {letterOf(func(l *letter) { l.body = strings.Repeat(" ", 2<<20) }), false, 0, 413, "RequestEntityTooLargeException"},
		"compressed":              {letterOf(func(l *letter) { l.spoil = func(r *http.Request) { r.Header.Set("Content-Encoding", "gzip") } }), false, 0, 400, "InvalidRequestException"},
		"in signed chunks":        {letterOf(func(l *letter) { l.spoil = func(r *http.Request) { r.Header.Set("Content-Encoding", "aws-chunked") } }), false, 0, 400, "InvalidRequestException"},
		"rightly signed, nothing": {letterOf(func(*letter) {}), false, 0, 408, "RequestTimeoutException"},
		"rightly signed, half":    {letterOf(func(*letter) {}), false, 8, 408, "RequestTimeoutException"},
		"hashed, half":            {letterOf(func(*letter) {}), true, 8, 408, "RequestTimeoutException"},
		"whole":                   {letterOf(func(*letter) {}), false, 16, 200, ""},
		"whole and hashed":        {letterOf(func(*letter) {}), true, 16, 200, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := sign(t, address, c.l, c.hashed)
			conn := dial(t, address, text.head+text.body[:c.sent])
			if status, code, _, body := answer(t, conn); status != c.status || code != c.code {
				t.Errorf("%d %s: %s", status, code, body)
			}
		})
	}
}

// TestNobodyIsAskedForTheBody whose headers are wrong: a client that waits for "100
// Continue" hears the refusal first.
func TestNobodyIsAskedForTheBody(t *testing.T) {
	address, _ := serve(t, api.Config{}, listen.Config{})
	l := plain()
	l.key = "AKIANOBODY"
	l.spoil = func(r *http.Request) { r.Header.Set("Expect", "100-continue") }
	c := dial(t, address, sign(t, address, l, false).head)
	line, err := bufio.NewReader(c).ReadString('\n')
	if err != nil || !strings.Contains(line, "403") {
		t.Errorf("the first line is %q, %v", line, err)
	}
}

// TestStalledBodiesMakeRoom lets a signed client in when requests of which nobody knows
// whether they are rightly signed fill the room.
func TestStalledBodiesMakeRoom(t *testing.T) {
	address, _ := serve(t, api.Config{Requests: 2, BodyTime: time.Hour, Patience: time.Minute}, listen.Config{})
	text := sign(t, address, plain(), false)
	first, second := dial(t, address, text.head+text.body[:1]), dial(t, address, text.head+text.body[:1])
	call(t, address)
	call(t, address)
	call(t, address)
	gone := make(chan string, 2)
	for _, c := range []net.Conn{first, second} {
		go func() {
			resp, err := http.ReadResponse(bufio.NewReader(c), nil)
			if err != nil {
				gone <- err.Error()
				return
			}
			gone <- resp.Status + " " + resp.Header.Get("X-Amzn-Errortype") + " " + resp.Header.Get("Retry-After")
		}()
	}
	if got := <-gone; got != "503 Service Unavailable ThrottlingException 1" {
		t.Errorf("who stalled is told %s", got)
	}
}

// slow is a service whose calls wait until they may end.
type slow struct {
	imagebuilder.Unimplemented
	began chan bool
	end   chan bool
}

func (s slow) ListComponents(context.Context, *imagebuilder.ListComponentsInput) (*imagebuilder.ListComponentsOutput, error) {
	s.began <- true
	<-s.end
	return &imagebuilder.ListComponentsOutput{}, nil
}

// TestTooManyCalls are refused in the words of each service, and may be repeated.
func TestTooManyCalls(t *testing.T) {
	s := slow{began: make(chan bool), end: make(chan bool)}
	address, log := serve(t, api.Config{ImageBuilder: s, Requests: 1, Patience: time.Millisecond}, listen.Config{})
	text := sign(t, address, plain(), false)
	busy := dial(t, address, text.head+text.body)
	<-s.began
	for service, want := range map[string]string{"imagebuilder": "ThrottlingException", "ec2": "RequestLimitExceeded", "sts": "Throttling"} {
		l := plain()
		l.service = service
		text := sign(t, address, l, false)
		status, code, retry, body := answer(t, dial(t, address, text.head+text.body))
		if status != 503 || code != want || retry != "1" || !strings.Contains(body, "Rate exceeded") {
			t.Errorf("%s: %d %s, again after %q: %s", service, status, code, retry, body)
		}
	}
	close(s.end)
	if status, _, _, body := answer(t, busy); status != 200 {
		t.Errorf("the first call: %d %s", status, body)
	}
	if strings.Contains(log.String(), "level=ERROR") {
		t.Errorf("a full server is no fault:\n%s", log)
	}
	go func() { <-s.began }()
	call(t, address)
}

// TestAnAccountLeavesRoom has one account's calls hold its share of the places: its next
// call is told to come again, and another account is answered.
func TestAnAccountLeavesRoom(t *testing.T) {
	s := slow{began: make(chan bool), end: make(chan bool)}
	keys := apitest.OneKey()
	keys["AKIAOTHER"] = sigv4.Key{Secret: "other", Account: "111122223333", ARN: "arn:aws:iam::111122223333:user/admin", UserID: "AIDAOTHER"}
	address, _ := serve(t, api.Config{ImageBuilder: s, Keys: keys, Requests: 4, Share: 3, Patience: time.Millisecond}, listen.Config{})
	for _, hashed := range []bool{true, false, true} {
		text := sign(t, address, plain(), hashed)
		dial(t, address, text.head+text.body)
		<-s.began
	}
	for _, hashed := range []bool{true, false} {
		text := sign(t, address, plain(), hashed)
		if status, code, _, _ := answer(t, dial(t, address, text.head+text.body)); code != "ThrottlingException" {
			t.Errorf("the fourth call of one account: %d %s", status, code)
		}
	}
	other := plain()
	other.service, other.path, other.key, other.secret = "sts", "/", "AKIAOTHER", "other"
	other.body = "Action=GetCallerIdentity&Version=2011-06-15"
	other.spoil = func(r *http.Request) { r.Header.Set("Content-Type", "application/x-www-form-urlencoded") }
	text := sign(t, address, other, true)
	if status, _, _, body := answer(t, dial(t, address, text.head+text.body)); status != 200 {
		t.Errorf("another account: %d %s", status, body)
	}
	close(s.end)
}

// large answers with much text.
type large struct{ ec2.Unimplemented }

func (large) DescribeImages(context.Context, *ec2.DescribeImagesInput) (*ec2.DescribeImagesOutput, error) {
	return &ec2.DescribeImagesOutput{Images: []ec2.Image{{Description: strings.Repeat("x", 32<<20)}}}, nil
}

// written hands on that a request was logged, which is when its answer was written.
type written struct {
	slog.Handler
	done chan bool
}

func (w written) Handle(ctx context.Context, r slog.Record) error {
	if r.Message == "request" {
		w.done <- true
	}
	return w.Handler.Handle(ctx, r)
}

// TestClientThatReadsNothing is given up, and one that reads slowly is not.
func TestClientThatReadsNothing(t *testing.T) {
	done := make(chan bool, 1)
	logger := slog.New(written{slog.NewTextHandler(io.Discard, nil), done})
	handler := api.New(api.Config{EC2: large{}, Keys: apitest.OneKey(), BodyTime: 200 * time.Millisecond, Logger: logger})
	port, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- listen.Serve(ctx, port, listen.Config{Handler: handler, Logger: slog.New(slog.DiscardHandler)})
	}()
	l := plain()
	l.service, l.path, l.body = "ec2", "/", "Action=DescribeImages"
	text := sign(t, port.Addr().String(), l, false)
	c := dial(t, port.Addr().String(), text.head+text.body)
	<-done // without a byte read
	n, err := io.Copy(io.Discard, c)
	if n >= 32<<20 {
		t.Errorf("all of the answer was kept for it: %d bytes, %v", n, err)
	}
	c = dial(t, port.Addr().String(), text.head+text.body)
	if status, _, _, body := answer(t, c); status != 200 || len(body) < 32<<20 {
		t.Errorf("who reads gets %d, %d bytes", status, len(body))
	}
	<-done
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// TestALargeAnswerHoldsItsSlot has one client read nothing of a large answer: its slot is
// free again when it is given up, and not before.
func TestALargeAnswerHoldsItsSlot(t *testing.T) {
	c := api.Config{EC2: large{}, Requests: 1, Patience: time.Millisecond, BodyTime: 300 * time.Millisecond}
	address, log := serve(t, c, listen.Config{})
	l := plain()
	l.service, l.path, l.body = "ec2", "/", "Action=DescribeImages"
	text := sign(t, address, l, false)
	first := dial(t, address, text.head+text.body)
	if _, err := first.Read(make([]byte, 1)); err != nil { // it is being answered
		t.Fatal(err)
	}
	other := sign(t, address, plain(), false)
	if status, code, _, body := answer(t, dial(t, address, other.head+other.body)); code != "ThrottlingException" {
		t.Errorf("beside a large answer: %d %s", status, body)
	}
	for !strings.Contains(log.String(), "DescribeImages") {
		runtime.Gosched()
	}
	if status, _, _, body := answer(t, dial(t, address, other.head+other.body)); status != 200 {
		t.Errorf("after the client was given up: %d %s", status, body)
	}
}

// TestStorm sends far more requests at once than are worked on: each is answered, and
// nothing of them stays.
func TestStorm(t *testing.T) {
	const clients = 2000
	address, _ := serve(t, api.Config{Requests: 16, Patience: time.Minute}, listen.Config{Connections: 64, Grace: time.Minute})
	text := sign(t, address, plain(), false)
	call(t, address)
	before := heap()
	var all sync.WaitGroup
	said := make([]string, clients)
	for i := range clients {
		all.Go(func() { said[i] = ask(address, text.head+text.body) })
	}
	all.Wait()
	counts := map[string]int{}
	for _, s := range said {
		counts[s]++
	}
	if counts["200 OK"] != clients {
		t.Errorf("the answers are %v", counts)
	}
	if after := heap(); after > before+8<<20 {
		t.Errorf("%d bytes were in use before, %d are after", before, after)
	}
}

// heap is how many bytes are in use.
func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// ask sends a text and returns the status of the answer.
func ask(address, text string) string {
	c, err := net.Dial("tcp", address)
	if err != nil {
		return err.Error()
	}
	defer c.Close()
	if _, err := io.WriteString(c, text); err != nil {
		return err.Error()
	}
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		return err.Error()
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return err.Error()
	}
	return resp.Status
}
