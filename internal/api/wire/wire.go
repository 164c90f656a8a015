// Package wire turns HTTP requests into calls of a service, and their results into
// answers, driven by the tables that are generated from the model. It knows three
// protocols and no operation.
//
// The input of an operation is first read into maps, lists and values, which are the
// same whatever protocol it came by.
package wire

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"strings"

	"ingot"
	"ingot/api/model"
)

// Handler answers the requests of one service in its protocol.
type Handler struct {
	protocol   protocol
	operations map[string]operation
	shapes     *shapes
	faults     faults
}

// protocol reads the requests of a service and writes its answers.
type protocol interface {
	// route returns the operation that a request asks for.
	route(r *http.Request, body []byte) (name string, err error)
	// input reads the input of an operation.
	input(r *http.Request, body []byte, op operation) (map[string]any, error)
	// answer writes an output.
	answer(op operation, output any, requestID string) ([]byte, error)
	// fault writes an error; code is the protocol's own word for it.
	fault(f *ingot.Error, requestID string) (code ingot.Code, body []byte)
	contentType() string
}

// operation is a row of the service's table, bound to its implementation.
type operation struct {
	name, method, path, input string
	call                      func(ctx context.Context, decode func(any) error) (any, error)
}

// blame sets the code of an error about the input: operations on tags have their own.
func (o operation) blame(err error) error {
	if e, ok := errors.AsType[*ingot.Error](err); ok && e.Code == ingot.InvalidParameterValue && strings.HasPrefix(o.path, "/tags/") {
		return &ingot.Error{Code: ingot.InvalidParameter, Message: e.Message}
	}
	return err
}

// bind returns the operations of a service.
func bind[S any](service S, table []model.Operation[S]) map[string]operation {
	bound := make(map[string]operation, len(table))
	for _, o := range table {
		bound[o.Name] = operation{o.Name, o.Method, o.Path, o.Input, func(ctx context.Context, decode func(any) error) (any, error) {
			return o.Call(ctx, service, decode)
		}}
	}
	return bound
}

// RESTJSON returns the handler of a service whose operations have paths and JSON bodies,
// and which answers with the common codes.
func RESTJSON[S any](service S, table []model.Operation[S], types map[string]model.Shape) *Handler {
	return REST(service, table, types, nil)
}

// REST is [RESTJSON] for a service that has its own exceptions.
func REST[S any](service S, table []model.Operation[S], types map[string]model.Shape, exceptions map[ingot.Code]model.Fault) *Handler {
	h := &Handler{operations: bind(service, table), shapes: newShapes(types), faults: exceptions}
	h.protocol = restJSON{newRoutes(h.operations), h.shapes, h.faults}
	return h
}

// JSON11 returns the handler of a service whose operations are named in a header, after
// target and a dot.
func JSON11[S any](service S, table []model.Operation[S], types map[string]model.Shape, target string, exceptions map[ingot.Code]model.Fault) *Handler {
	h := &Handler{operations: bind(service, table), shapes: newShapes(types), faults: exceptions}
	h.protocol = json11{target, h.operations, h.faults}
	return h
}

// Query returns the handler of a service that reads forms and answers in XML.
func Query[S any](service S, table []model.Operation[S], types map[string]model.Shape, namespace string) *Handler {
	h := &Handler{operations: bind(service, table), shapes: newShapes(types)}
	h.protocol = query{queryDialect(namespace), h.operations, h.shapes}
	return h
}

// EC2 returns the handler of a service that speaks EC2's dialect of [Query].
func EC2[S any](service S, table []model.Operation[S], types map[string]model.Shape, namespace string) *Handler {
	h := &Handler{operations: bind(service, table), shapes: newShapes(types)}
	h.protocol = query{ec2Dialect(namespace), h.operations, h.shapes}
	return h
}

// Answer is what the client gets, and what the log says about it.
type Answer struct {
	Status      int
	ContentType string
	Header      http.Header // beside the content type; may be nil
	Body        []byte

	Operation string // empty when unknown
	Code      ingot.Code
	Err       error // for the log; the client sees only what [visible] leaves of it
}

// Serve calls the operation that a request asks for. The region is the endpoint's.
func (h *Handler) Serve(r *http.Request, body []byte, region, requestID string) Answer {
	name, err := h.protocol.route(r, body)
	if err != nil {
		return h.Fault(err, requestID)
	}
	op := h.operations[name]
	a, err := safely(func() (Answer, error) { return h.serve(r, body, op, region, requestID) })
	if err != nil {
		a = h.Fault(err, requestID)
	}
	a.Operation = name
	return a
}

func (h *Handler) serve(r *http.Request, body []byte, op operation, region, requestID string) (Answer, error) {
	output, err := op.call(r.Context(), func(input any) error { return h.decode(r, body, op, region, input) })
	if err != nil {
		return Answer{}, err
	}
	if o, ok := output.(interface{ SetRequestID(string) }); ok {
		o.SetRequestID(requestID)
	}
	text, err := h.protocol.answer(op, output, requestID)
	a := Answer{Status: http.StatusOK, ContentType: h.protocol.contentType(), Body: text}
	if _, rest := h.protocol.(restJSON); rest {
		a.beside(output)
	}
	return a, err
}

// decode reads and checks the input of an operation. Members that the model does not
// know are left out.
func (h *Handler) decode(r *http.Request, body []byte, op operation, region string, input any) error {
	raw, err := h.protocol.input(r, body, op)
	if err != nil {
		return err
	}
	checked, err := h.shapes.check(op.input, raw, region)
	if err != nil {
		return op.blame(err)
	}
	text, err := json.Marshal(checked)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, input)
}

// safely turns a panic into an error with its stack.
func safely[T any](call func() (T, error)) (result T, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return call()
}

// Fault returns the answer to a request that failed.
func (h *Handler) Fault(err error, requestID string) Answer {
	seen := visible(err)
	usual := seen.Code
	seen = h.faults.inOwnWords(seen)
	code, text := h.protocol.fault(seen, requestID)
	return Answer{Status: h.status(usual, code), ContentType: h.protocol.contentType(), Body: text, Code: code, Err: err}
}

// status returns the HTTP status of a fault; usual is our own code for it, shown the one
// that the client sees.
func (h *Handler) status(usual, shown ingot.Code) int {
	if how, known := h.faults[shown]; known {
		return how.Status
	}
	status := statusOf(usual, shown)
	if p, ok := h.protocol.(json11); ok {
		return p.status(status)
	}
	return status
}
