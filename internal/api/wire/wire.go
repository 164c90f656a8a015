// Package wire turns HTTP requests into calls of a service, and what comes back
// into answers, driven by the tables that are generated from the model. It knows
// three protocols and no operation.
//
// Terms:
//
//   - Face: one service behind its protocol.
//   - document: the input of an operation as a tree of maps, lists and values,
//     whatever protocol it came by.
//   - fault: an error as the client sees it.
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

// Face is one service behind its protocol.
type Face struct {
	protocol   protocol
	operations map[string]operation
	shapes     *shapes
	faults     faults
}

// protocol is how requests and answers of a service are written.
type protocol interface {
	// route says which operation a request asks for.
	route(r *http.Request, body []byte) (name string, err error)
	// document reads the input of an operation.
	document(r *http.Request, body []byte, op operation) (map[string]any, error)
	// answer writes an output.
	answer(op operation, output any, requestID string) ([]byte, error)
	// fault writes an error; the code is the protocol's own word for it.
	fault(f *ingot.Error, requestID string) (code ingot.Code, body []byte)
	contentType() string
}

// operation is a row of the service's table, bound to its implementation.
type operation struct {
	name, method, path, input string
	call                      func(ctx context.Context, decode func(any) error) (any, error)
}

// blame gives the error for a bad input its code: operations on tags have their own.
func (o operation) blame(err error) error {
	if e, ok := errors.AsType[*ingot.Error](err); ok && e.Code == ingot.InvalidParameterValue && strings.HasPrefix(o.path, "/tags/") {
		return &ingot.Error{Code: ingot.InvalidParameter, Message: e.Message}
	}
	return err
}

// bind makes the operations of an implementation.
func bind[S any](service S, table []model.Operation[S]) map[string]operation {
	bound := make(map[string]operation, len(table))
	for _, o := range table {
		bound[o.Name] = operation{o.Name, o.Method, o.Path, o.Input, func(ctx context.Context, decode func(any) error) (any, error) {
			return o.Call(ctx, service, decode)
		}}
	}
	return bound
}

// RESTJSON is the face of a service whose operations have paths and JSON bodies, and
// which answers with the common codes.
func RESTJSON[S any](service S, table []model.Operation[S], types map[string]model.Shape) *Face {
	return REST(service, table, types, nil)
}

// REST is [RESTJSON] for a service with exceptions of its own.
func REST[S any](service S, table []model.Operation[S], types map[string]model.Shape, exceptions map[ingot.Code]model.Fault) *Face {
	f := &Face{operations: bind(service, table), shapes: newShapes(types), faults: exceptions}
	f.protocol = restJSON{newRoutes(f.operations), f.shapes, f.faults}
	return f
}

// JSON11 is the face of a service whose operations are named by a header, after target
// and a dot.
func JSON11[S any](service S, table []model.Operation[S], types map[string]model.Shape, target string, exceptions map[ingot.Code]model.Fault) *Face {
	f := &Face{operations: bind(service, table), shapes: newShapes(types), faults: exceptions}
	f.protocol = json11{target, f.operations, f.faults}
	return f
}

// Query is the face of a service that is asked by forms and answers in XML.
func Query[S any](service S, table []model.Operation[S], types map[string]model.Shape, namespace string) *Face {
	f := &Face{operations: bind(service, table), shapes: newShapes(types)}
	f.protocol = query{queryDialect(namespace), f.operations, f.shapes}
	return f
}

// EC2 is the face of a service that speaks EC2's own dialect of [Query].
func EC2[S any](service S, table []model.Operation[S], types map[string]model.Shape, namespace string) *Face {
	f := &Face{operations: bind(service, table), shapes: newShapes(types)}
	f.protocol = query{ec2Dialect(namespace), f.operations, f.shapes}
	return f
}

// Answer is what goes back to the client, and what the log says about it.
type Answer struct {
	Status      int
	ContentType string
	Header      http.Header // beside the content type; may be nil
	Body        []byte

	Operation string // empty when it is not known
	Code      ingot.Code
	Err       error // what went wrong, for the log alone when it is not the client's business
}

// Serve makes the call that a request asks for. The region is the endpoint's.
func (f *Face) Serve(r *http.Request, body []byte, region, requestID string) Answer {
	name, err := f.protocol.route(r, body)
	if err != nil {
		return f.Fault(err, requestID)
	}
	op := f.operations[name]
	a, err := safely(func() (Answer, error) { return f.serve(r, body, op, region, requestID) })
	if err != nil {
		a = f.Fault(err, requestID)
	}
	a.Operation = name
	return a
}

func (f *Face) serve(r *http.Request, body []byte, op operation, region, requestID string) (Answer, error) {
	output, err := op.call(r.Context(), func(input any) error { return f.decode(r, body, op, region, input) })
	if err != nil {
		return Answer{}, err
	}
	if o, ok := output.(interface{ SetRequestID(string) }); ok {
		o.SetRequestID(requestID)
	}
	text, err := f.protocol.answer(op, output, requestID)
	a := Answer{Status: http.StatusOK, ContentType: f.protocol.contentType(), Body: text}
	if _, rest := f.protocol.(restJSON); rest {
		a.beside(output)
	}
	return a, err
}

// decode reads and checks the document, then fills the input from what is left:
// the members that the model knows.
func (f *Face) decode(r *http.Request, body []byte, op operation, region string, input any) error {
	raw, err := f.protocol.document(r, body, op)
	if err != nil {
		return err
	}
	document, err := f.shapes.check(op.input, raw, region)
	if err != nil {
		return op.blame(err)
	}
	text, err := json.Marshal(document)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, input)
}

// safely turns a panic into an error that has its stack.
func safely[T any](call func() (T, error)) (result T, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return call()
}

// Fault is the answer to a request that failed.
func (f *Face) Fault(err error, requestID string) Answer {
	seen := visible(err)
	usual := seen.Code
	seen = f.faults.inOwnWords(seen)
	code, text := f.protocol.fault(seen, requestID)
	return Answer{Status: f.status(usual, code), ContentType: f.protocol.contentType(), Body: text, Code: code, Err: err}
}

// status is that of a fault; usual is our own code for it, shown what the client sees.
func (f *Face) status(usual, shown ingot.Code) int {
	if how, known := f.faults[shown]; known {
		return how.Status
	}
	status := statusOf(usual, shown)
	if p, ok := f.protocol.(json11); ok {
		return p.status(status)
	}
	return status
}
