// Package api is the AWS face of Ingot: one handler behind which Image Builder and
// its neighbours answer as their clients expect. A request passes through it in the
// order of [face.answer]: which service, is it rightly signed and by whom, which operation.
package api

import (
	"cmp"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"

	"ingot"
	"ingot/api/ec2"
	"ingot/api/imagebuilder"
	"ingot/api/sts"
	"ingot/internal/api/caller"
	"ingot/internal/api/sigv4"
	"ingot/internal/api/wire"
)

// Config is what the face is made of.
type Config struct {
	ImageBuilder imagebuilder.Service
	EC2          ec2.Service
	STS          sts.Service
	Keys         sigv4.Keys

	Logger  *slog.Logger
	Version string                   // shown by /health
	Region  func(region string) bool // whether the endpoint serves a region; nil: every one
	Now     func() time.Time         // nil: the clock
	MaxBody int64                    // bytes of a request; 0: 1 MiB
}

// face is the handler.
type face struct {
	Config
	services map[string]*wire.Face // by the name that clients sign for
	metrics  *metrics
}

// New makes the handler of all services, with /health and /metrics beside them.
func New(c Config) http.Handler {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Region == nil {
		c.Region = func(string) bool { return true }
	}
	c.MaxBody = cmp.Or(c.MaxBody, 1<<20)
	c.Logger = cmp.Or(c.Logger, slog.New(slog.DiscardHandler))
	return &face{c, services(c), newMetrics(c.Now())}
}

func services(c Config) map[string]*wire.Face {
	return map[string]*wire.Face{
		"imagebuilder": wire.RESTJSON(c.ImageBuilder, imagebuilder.Operations, imagebuilder.Shapes),
		"ec2":          wire.EC2(c.EC2, ec2.Operations, ec2.Shapes, ec2.Namespace),
		"sts":          wire.Query(c.STS, sts.Operations, sts.Shapes, sts.Namespace),
	}
}

// ServeHTTP routes by hand: a mux would clean the paths of calls, and break their
// signatures.
func (f *face) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/health":
		f.health(w)
	case "/metrics":
		f.serveMetrics(w)
	default:
		f.serve(w, r)
	}
}

// serve answers one call and accounts for it.
func (f *face) serve(w http.ResponseWriter, r *http.Request) {
	e := event{start: time.Now(), id: caller.Identity{RequestID: uuid.NewString()}}
	a := f.answer(w, r, &e)
	e.took = time.Since(e.start)
	write(w, a, e.id.RequestID)
	f.metrics.count(e.service, a)
	e.log(r, f.Logger, a)
}

// answer finds out who asks for what, and has it done.
func (f *face) answer(w http.ResponseWriter, r *http.Request, e *event) wire.Answer {
	auth, unsigned := sigv4.Read(r)
	service := f.service(r, auth.Service)
	if unsigned != nil {
		return service.Fault(unsigned, e.id.RequestID)
	}
	body, err := f.admit(w, r, auth, e)
	if err != nil {
		return service.Fault(err, e.id.RequestID)
	}
	return service.Serve(r.WithContext(caller.With(r.Context(), e.id)), body, auth.Region, e.id.RequestID)
}

// admit reads the body of a request that is rightly signed for a service of ours.
func (f *face) admit(w http.ResponseWriter, r *http.Request, auth sigv4.Authorization, e *event) ([]byte, error) {
	body, err := f.body(w, r)
	if err != nil {
		return nil, err
	}
	if err := f.identify(r, auth, body, e); err != nil {
		return nil, err
	}
	if f.services[auth.Service] == nil {
		return nil, ingot.Errorf(wire.UnknownOperation, "The service '%s' is not served here.", auth.Service)
	}
	e.service = auth.Service
	return body, nil
}

// service is the one that the request is signed for, or else the one whose errors
// the client will understand.
func (f *face) service(r *http.Request, name string) *wire.Face {
	if s, ok := f.services[name]; ok {
		return s
	}
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		return f.services["sts"]
	}
	return f.services["imagebuilder"]
}

func (f *face) body(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, f.MaxBody))
	if large, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, ingot.Errorf(wire.TooLarge, "The request is larger than %d bytes.", large.Limit)
	}
	if err != nil {
		return nil, ingot.Errorf(ingot.InvalidRequest, "The body of the request did not arrive whole.")
	}
	return body, nil
}

// identify checks the signature and writes down whose it is.
func (f *face) identify(r *http.Request, auth sigv4.Authorization, body []byte, e *event) error {
	key, err := sigv4.Verify(r, auth, body, f.Keys, f.Now())
	if err != nil {
		return err
	}
	if !f.Region(auth.Region) {
		return ingot.Errorf(sigv4.InvalidSignature, "Credential should be scoped to a valid region, not '%s'.", auth.Region)
	}
	e.id = caller.Identity{
		Account: key.Account, Region: auth.Region, ARN: key.ARN, UserID: key.UserID,
		AccessKey: auth.AccessKey, RequestID: e.id.RequestID,
	}
	return nil
}

// write is the one place that writes answers. Clients look for the code of an error
// in a header first.
func write(w http.ResponseWriter, a wire.Answer, requestID string) {
	h := w.Header()
	h.Set("Content-Type", a.ContentType)
	h.Set("X-Amzn-RequestId", requestID)
	if a.Code != "" {
		h.Set("X-Amzn-ErrorType", string(a.Code))
	}
	w.WriteHeader(a.Status)
	_, _ = w.Write(a.Body) // a client that has gone is nobody's fault
}
