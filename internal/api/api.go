// Package api is the AWS face of Ingot: one handler behind which Image Builder and
// its neighbours answer as their clients expect. A request passes through it in the
// order of [face.answer]: which service, is it rightly signed and by whom, which operation.
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

// Config is what the face is made of.
type Config struct {
	ImageBuilder imagebuilder.Service
	EC2          ec2.Service
	STS          sts.Service
	// Organizations and EBS may be nil: then all their operations are refused by name.
	Organizations organizations.Service
	EBS           ebs.Service
	Keys          sigv4.Keys

	Logger  *slog.Logger
	Version string                   // shown by /health
	Region  func(region string) bool // whether the endpoint serves a region; nil: every one
	Now     func() time.Time         // nil: the clock

	Requests int           // that are worked on at a time; 0: 128
	Patience time.Duration // how long others wait for their turn; 0: 5 s
	BodyTime time.Duration // how long a part of a body may take; 0: 10 s
}

// face is the handler.
type face struct {
	Config
	services map[string]*wire.Face // by the name that clients sign for
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
	c.Logger = cmp.Or(c.Logger, slog.New(slog.DiscardHandler))
	return &face{c, services(c), newMetrics(c.Now()), gate.New(c.Requests, grace), gate.NewShares(c.Requests * 3 / 4)}
}

func services(c Config) map[string]*wire.Face {
	return map[string]*wire.Face{
		"imagebuilder": wire.RESTJSON(c.ImageBuilder, imagebuilder.Operations, imagebuilder.Shapes),
		"ec2":          wire.EC2(c.EC2, ec2.Operations, ec2.Shapes, ec2.Namespace),
		"sts":          wire.Query(c.STS, sts.Operations, sts.Shapes, sts.Namespace),

		"organizations": wire.JSON11(c.Organizations, organizations.Operations, organizations.Shapes, organizations.Target, organizations.Errors),
		"ebs":           wire.REST(c.EBS, ebs.Operations, ebs.Shapes, ebs.Errors),
	}
}

// ServeHTTP routes by hand: a mux would clean the paths of calls, and break their
// signatures.
func (f *face) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	in := newIncoming(w, r, f.BodyTime)
	defer in.leave() // after a panic too
	switch r.URL.Path {
	case "/health":
		in.drop()
		f.health(w)
	case "/metrics":
		in.drop()
		f.serveMetrics(w)
	default:
		f.serve(in)
	}
}

// serve answers one call and accounts for it.
func (f *face) serve(in *incoming) {
	e := event{start: time.Now(), id: caller.Identity{RequestID: uuid.NewString()}}
	a := f.answer(in, &e)
	in.drop()
	e.took = time.Since(e.start)
	in.write(a, e.id.RequestID)
	f.metrics.count(e.service, a)
	e.log(in.r, f.Logger, a)
}

// answer finds out who asks for what, and has it done.
func (f *face) answer(in *incoming, e *event) wire.Answer {
	auth, unsigned := sigv4.Read(in.r)
	service := f.service(in.r, auth.Service)
	if unsigned != nil {
		return service.Fault(unsigned, e.id.RequestID)
	}
	known := gate.From(in.r.Context())
	defer known.Release()
	body, err := f.admit(in, auth, e)
	if err != nil {
		return service.Fault(err, e.id.RequestID)
	}
	return service.Serve(in.r.WithContext(caller.With(in.r.Context(), e.id)), body, auth.Region, e.id.RequestID)
}

// admit reads the body of a request that is rightly signed for a service of ours. All
// that can be known before is, so that strangers cost as little as can be.
func (f *face) admit(in *incoming, auth sigv4.Authorization, e *event) ([]byte, error) {
	check, err := f.begin(in.r, auth)
	if err != nil {
		return nil, err
	}
	if err := in.acceptable(longest(auth.Service)); err != nil {
		return nil, err
	}
	if err := in.enter(f.gate, f.Patience); err != nil {
		return nil, err
	}
	if check.Signed() && in.share(f.shares, check.Key.Account, 0) {
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
	if !in.share(f.shares, check.Key.Account, f.Patience) || !in.hold() {
		return nil, busy()
	}
	if f.services[auth.Service] == nil {
		return nil, ingot.Errorf(wire.UnknownOperation, "The service '%s' is not served here.", auth.Service)
	}
	e.service = auth.Service
	return body, nil
}

// begin checks what of a signature stands in the headers.
func (f *face) begin(r *http.Request, auth sigv4.Authorization) (*sigv4.Check, error) {
	check, err := sigv4.Begin(r, auth, f.Keys, f.Now())
	if err != nil {
		return nil, err
	}
	if !f.Region(auth.Region) {
		return nil, ingot.Errorf(sigv4.InvalidSignature, "Credential should be scoped to a valid region, not '%s'.", auth.Region)
	}
	return check, nil
}

// longest is how many bytes a body may have. Forms name things and have filters; JSON
// brings documents.
func longest(service string) int64 {
	switch service {
	case "imagebuilder":
		return 1 << 20
	case "ec2":
		return 256 << 10
	}
	return 64 << 10
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
