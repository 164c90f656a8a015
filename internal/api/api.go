// Package api is the HTTP handler of Ingot, through which Image Builder and its
// neighbours answer as their clients expect. A request passes through it in the order
// of [handler.answer]: the service, the signature and who signed, the operation.
//
// Terms:
//
//   - neighbour: an AWS service beside Image Builder that its clients also call: EC2, STS,
//     Organizations, EBS.
package api

import (
	"cmp"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"

	"ingot"
	"ingot/api/ebs"
	"ingot/api/ec2"
	"ingot/api/imagebuilder"
	"ingot/api/organizations"
	"ingot/api/sts"
	"ingot/internal/api/caller"
	"ingot/internal/api/gate"
	"ingot/internal/api/sigv4"
	"ingot/internal/api/wire"
)

// Config configures the handler of all services.
type Config struct {
	ImageBuilder imagebuilder.Service
	EC2          ec2.Service
	STS          sts.Service
	// Organizations and EBS may be nil: then their operations are refused by name.
	Organizations organizations.Service
	EBS           ebs.Service
	Keys          sigv4.Keys

	Logger  *slog.Logger
	Version string                   // shown by /health
	Region  func(region string) bool // whether the endpoint serves a region; nil: every one
	Now     func() time.Time         // nil: the clock

	Requests int           // worked on at the same time; 0: 128
	Share    int           // of them that one account may have; 0: an eighth
	Patience time.Duration // how long a request waits for one of them to end; 0: 5 s
	BodyTime time.Duration // how long a part of a body may take; 0: 10 s
}

// handler implements [http.Handler].
type handler struct {
	Config
	services map[string]*wire.Handler // by the name that clients sign for
	metrics  *metrics
	gate     *gate.Gate // of requests whose bodies are in memory
	shares   *gate.Shares
}

// New makes the handler of all services, with /health and /metrics beside them.
func New(c Config) http.Handler {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Region == nil {
		c.Region = func(string) bool { return true }
	}
	if c.Organizations == nil {
		c.Organizations = organizations.Unimplemented{}
	}
	if c.EBS == nil {
		c.EBS = ebs.Unimplemented{}
	}
	c.Requests, c.Patience, c.BodyTime = cmp.Or(c.Requests, 128), cmp.Or(c.Patience, 5*time.Second), cmp.Or(c.BodyTime, 10*time.Second)
	c.Share = cmp.Or(c.Share, max(1, c.Requests/8))
	c.Logger = cmp.Or(c.Logger, slog.New(slog.DiscardHandler))
	return &handler{c, services(c), newMetrics(c.Now()), gate.New(c.Requests, grace), gate.NewShares(c.Share)}
}

func services(c Config) map[string]*wire.Handler {
	return map[string]*wire.Handler{
		"imagebuilder": wire.RESTJSON(c.ImageBuilder, imagebuilder.Operations, imagebuilder.Shapes),
		"ec2":          wire.EC2(c.EC2, ec2.Operations, ec2.Shapes, ec2.Namespace),
		"sts":          wire.Query(c.STS, sts.Operations, sts.Shapes, sts.Namespace),

		"organizations": wire.JSON11(c.Organizations, organizations.Operations, organizations.Shapes, organizations.Target, organizations.Errors),
		"ebs":           wire.REST(c.EBS, ebs.Operations, ebs.Shapes, ebs.Errors),
	}
}

// ServeHTTP routes without a mux, which would clean the paths of calls and so break
// their signatures.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	in := newIncoming(w, r, h.BodyTime)
	defer in.release() // after a panic too
	switch r.URL.Path {
	case "/health":
		in.drop()
		h.health(w)
	case "/metrics":
		in.drop()
		h.serveMetrics(w)
	default:
		h.serve(in)
	}
}

// serve answers one call and accounts for it.
func (h *handler) serve(in *incoming) {
	e := event{start: time.Now(), id: caller.Identity{RequestID: uuid.NewString()}}
	a := h.answer(in, &e)
	if len(a.Body) <= part || !in.whole {
		in.drop() // else the slot is held until the client has read the answer
	}
	e.took = time.Since(e.start)
	in.write(a, e.id.RequestID)
	h.metrics.count(e.service, a)
	e.log(in.r, h.Logger, a)
}

// answer checks who asks for what, and calls the service.
func (h *handler) answer(in *incoming, e *event) wire.Answer {
	auth, unsigned := sigv4.Read(in.r)
	service := h.service(in.r, auth.Service)
	if unsigned != nil {
		return service.Fault(unsigned, e.id.RequestID)
	}
	defer gate.From(in.r.Context()).Idle()
	body, err := h.readBody(in, auth, e)
	if err != nil {
		return service.Fault(err, e.id.RequestID)
	}
	return service.Serve(in.r.WithContext(caller.With(in.r.Context(), e.id)), body, auth.Region, e.id.RequestID)
}

// readBody reads the body of a request and checks its signature. All that can be checked
// before the body is read is checked then, so that a stranger costs little.
func (h *handler) readBody(in *incoming, auth sigv4.Authorization, e *event) ([]byte, error) {
	check, err := h.begin(in.r, auth)
	if err != nil {
		return nil, err
	}
	if err := in.acceptable(longest(auth.Service)); err != nil {
		return nil, err
	}
	if err := in.acquire(h.gate, h.Patience); err != nil {
		return nil, err
	}
	if check.Signed() && in.share(h.shares, check.Key.Account, 0) {
		in.hold()
	}
	body, hash, err := in.read(longest(auth.Service))
	if err != nil {
		return nil, err
	}
	if err := check.End(hash); err != nil {
		return nil, err
	}
	e.id = caller.Identity{
		Account: check.Key.Account, Region: auth.Region, ARN: check.Key.ARN, UserID: check.Key.UserID,
		AccessKey: auth.AccessKey, RequestID: e.id.RequestID,
	}
	if !in.share(h.shares, check.Key.Account, h.Patience) || !in.hold() {
		return nil, busy()
	}
	if h.services[auth.Service] == nil {
		return nil, ingot.Errorf(wire.UnknownOperation, "The service '%s' is not served here.", auth.Service)
	}
	e.service = auth.Service
	return body, nil
}

// begin checks what the headers say of a signature.
func (h *handler) begin(r *http.Request, auth sigv4.Authorization) (*sigv4.Check, error) {
	check, err := sigv4.Begin(r, auth, h.Keys, h.Now())
	if err != nil {
		return nil, err
	}
	if !h.Region(auth.Region) {
		return nil, ingot.Errorf(sigv4.InvalidSignature, "Credential should be scoped to a valid region, not '%s'.", auth.Region)
	}
	return check, nil
}

// longest returns how many bytes a body may have. Forms have names and filters; JSON has
// documents.
func longest(service string) int64 {
	switch service {
	case "imagebuilder":
		return 1 << 20
	case "ec2":
		return 256 << 10
	}
	return 64 << 10
}

// service returns the service that the request is signed for, or else one whose errors
// the client understands.
func (h *handler) service(r *http.Request, name string) *wire.Handler {
	if s, ok := h.services[name]; ok {
		return s
	}
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		return h.services["sts"]
	}
	return h.services["imagebuilder"]
}
