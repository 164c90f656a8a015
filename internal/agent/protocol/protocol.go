// Package protocol is what an agent and its client say to each other: one JSON
// object per line, in both directions, over any byte stream (a unix socket into
// a sandbox, a virtio-serial port into a virtual machine).
//
// # A connection
//
// A virtio-serial port has no connections of its own: bytes of an earlier client may
// still arrive when a new one begins. So a client begins with an empty line (which ends
// any half line before it) and a hello with a fresh nonce:
//
//	→ {"hello":{"version":1,"nonce":"5f3c…"}}
//	← {"hello":{"version":1,"nonce":"5f3c…","boot":"…", …}}
//
// Each side skips everything up to that line. A second hello on the same stream ends the
// conversation before it; on a socket, each connection has its own conversation. When an
// agent has opened its port it sends {"here":true}, unasked, so that a client whose hello
// an earlier agent lost says hello again.
//
// After the hello the client sends requests, each with a number of its own; the
// agent answers with lines that carry that number: any events, then one end.
//
//	→ {"id":1,"run":{"id":"…","documents":[…]}}
//	← {"id":1,"event":{"seq":1,"kind":"document", …}}
//	← {"id":1,"end":true,"result":{"status":"success", …}}
//	→ {"id":2,"sync":{}}
//	← {"id":2,"end":true,"error":"…"}
//
// # Runs outlive connections
//
// Run and Exec have IDs of their own: the agent starts one with a new ID and attaches to
// one that it knows. Either way it sends the events after AfterSeq, those of the past
// from its file, and then the end. A run continues while no client listens, and through
// the reboots that it requests.
//
// Terms:
//
//   - run: component documents executed in order.
//   - spool: the file in which the agent keeps a run's events.
package protocol

import "time"

// Version of this protocol. An agent and a client of different versions refuse
// each other in the hello.
const Version = 1

// MaxLine bounds one line in bytes; documents are at most 64 KB each, and an
// event carries at most [MaxText] of text.
const MaxLine = 16 << 20

// MaxText bounds the text of one event in bytes. Longer lines of output are cut
// into several events.
const MaxText = 16 << 10

// Request is one line of a client: a hello, or an id with exactly one of the other
// fields.
type Request struct {
	Hello *HelloRequest `json:"hello,omitempty"`

	ID          int64        `json:"id,omitempty"`
	Run         *Run         `json:"run,omitempty"`
	Exec        *Exec        `json:"exec,omitempty"`
	Cancel      *Cancel      `json:"cancel,omitempty"`
	Sync        *Sync        `json:"sync,omitempty"`
	Freeze      *Freeze      `json:"freeze,omitempty"`
	Thaw        *Thaw        `json:"thaw,omitempty"`
	Fingerprint *Fingerprint `json:"fingerprint,omitempty"`
	Ping        *Ping        `json:"ping,omitempty"`
}

// Reply is one line of an agent: a hello, a "here", or a part of the answer to the
// request with the same id. End marks the last line of a request; Error is set only
// there, if the request itself could not be served (a run that fails has a Result).
type Reply struct {
	Hello *Hello `json:"hello,omitempty"`
	Here  bool   `json:"here,omitempty"`

	ID          int64       `json:"id,omitempty"`
	Event       *Event      `json:"event,omitempty"`
	End         bool        `json:"end,omitempty"`
	Error       string      `json:"error,omitempty"`
	Result      *Result     `json:"result,omitempty"`      // of a Run
	ExecResult  *ExecResult `json:"execResult,omitempty"`  // of an Exec
	Fingerprint string      `json:"fingerprint,omitempty"` // of a Fingerprint
}

// HelloRequest begins a conversation.
type HelloRequest struct {
	Version int    `json:"version"`
	Nonce   string `json:"nonce"`
}

// Hello is the agent's answer and what it knows of its machine.
type Hello struct {
	Version   int    `json:"version"`
	Nonce     string `json:"nonce"`
	Boot      string `json:"boot"` // differs in every life of the machine
	Started   string `json:"started"`
	Hostname  string `json:"hostname"`
	OSName    string `json:"osName"`    // NAME of os-release
	OSID      string `json:"osId"`      // ID of os-release
	OSVersion string `json:"osVersion"` // VERSION_ID of os-release
	Arch      string `json:"arch"`      // as uname says: x86_64, aarch64
	Kernel    string `json:"kernel"`
	Systemd   string `json:"systemd"` // "running", "degraded", "starting" …; empty without systemd
}

// Document is a component document with the values of its parameters.
type Document struct {
	ARN        string              `json:"arn,omitempty"`
	Name       string              `json:"name,omitempty"`
	Data       string              `json:"data"`
	Parameters map[string][]string `json:"parameters,omitempty"` // several values are joined by commas
}

// Run asks for documents to be executed, one after the other, each with all its
// phases that are in Phases, in the order of the document.
type Run struct {
	ID          string            `json:"id"`
	Documents   []Document        `json:"documents"`
	Phases      []string          `json:"phases,omitempty"` // empty: all
	Environment map[string]string `json:"environment,omitempty"`
	WorkDir     string            `json:"workDir,omitempty"` // made when missing; default /tmp
	// LogDir is where the run leaves its folder TOE_…; empty: it leaves none.
	LogDir   string `json:"logDir,omitempty"`
	AfterSeq int64  `json:"afterSeq,omitempty"`
	// AccountID and Region are the facts behind context:accountId and context:region.
	AccountID string `json:"accountId,omitempty"`
	Region    string `json:"region,omitempty"`
}

// Exec asks for one script to be run to its end, by the program that its first line
// names after #!, or else by /bin/sh. It does not survive a reboot.
type Exec struct {
	ID             string            `json:"id"`
	Script         string            `json:"script"`
	Environment    map[string]string `json:"environment,omitempty"`
	WorkDir        string            `json:"workDir,omitempty"`        // default /
	TimeoutSeconds int               `json:"timeoutSeconds,omitempty"` // 0: 7200
	AfterSeq       int64             `json:"afterSeq,omitempty"`
}

// Cancel kills what runs under the ID and ends it as cancelled. An ID that is
// unknown or has ended is a success.
type Cancel struct {
	Run string `json:"run"`
}

// Sync writes all file systems out and trims the disk, as far as the machine can.
type Sync struct{}

// Freeze stops writes to the file system that holds Path (FIFREEZE). After
// MaxMillis the agent thaws it by itself; a connection's end does not thaw. A
// second freeze of a frozen path sets the timer anew.
type Freeze struct {
	Path      string `json:"path"`
	MaxMillis int64  `json:"maxMillis"`
}

// Thaw ends a freeze. A path that is not frozen is a success.
type Thaw struct {
	Path string `json:"path"`
}

// Fingerprint asks for a hash of the names, kinds, sizes, modification times,
// modes and owners of everything below the paths. Missing paths count as empty.
type Fingerprint struct {
	Paths []string `json:"paths"`
}

// Ping asks for an empty end: the peer lives.
type Ping struct{}

// Kind is what an [Event] reports.
type Kind string

// The kinds of event. A status event is sent at the begin (Status "running") and at the
// end.
const (
	KindLog      Kind = "log"      // Text is output of a step or a remark of the agent
	KindDocument Kind = "document" // Status of a document
	KindPhase    Kind = "phase"    // Status of a phase
	KindStep     Kind = "step"     // Status of a step, of its attempt Attempt
	KindReboot   Kind = "reboot"   // the machine is about to restart, or is back (Status)
)

// Streams of a log event.
const (
	Stdout = "stdout"
	Stderr = "stderr"
	Agent  = "agent" // the agent's own words
)

// Event is one thing that happened in a run or exec.
type Event struct {
	Seq      int64     `json:"seq"` // 1, 2, 3 … within its run
	Time     time.Time `json:"time"`
	Kind     Kind      `json:"kind"`
	Stream   string    `json:"stream,omitempty"` // of a log event
	Text     string    `json:"text,omitempty"`   // without its newline
	Document string    `json:"document,omitempty"`
	ARN      string    `json:"arn,omitempty"`
	Phase    string    `json:"phase,omitempty"`
	Step     string    `json:"step,omitempty"`
	Action   string    `json:"action,omitempty"`
	Status   Status    `json:"status,omitempty"`
	Attempt  int       `json:"attempt,omitempty"`
	Millis   int64     `json:"millis,omitempty"` // how long it took, at its end
}

// Status of a step, phase, document or run.
type Status string

// The status words; all but Cancelled are those of the component language.
const (
	Running        Status = "running"
	Success        Status = "success"
	Failed         Status = "failed"
	Skipped        Status = "skipped"                   // step only
	Ignored        Status = "ignoredfailure"            // step only
	SuccessIgnored Status = "successwithignoredfailure" // all but step
	Cancelled      Status = "cancelled"                 // run and exec only
)

// Result is the end of a run.
type Result struct {
	ID             string    `json:"id"`
	Status         Status    `json:"status"` // success, successwithignoredfailure, failed, cancelled
	FailureMessage string    `json:"failureMessage,omitempty"`
	Failed         *Failure  `json:"failed,omitempty"`
	Executed       int       `json:"executedStepCount"`
	FailedSteps    int       `json:"failedStepCount"`
	IgnoredSteps   int       `json:"ignoredFailedStepCount"`
	Reboots        int       `json:"reboots"`
	LogFolder      string    `json:"logFolder,omitempty"`
	Started        time.Time `json:"started"`
	Ended          time.Time `json:"ended"`
	LastSeq        int64     `json:"lastSeq"`
}

// Failure names the first step that failed a run. Its Phase and Step are empty
// when the run failed outside of any step.
type Failure struct {
	Document string `json:"document,omitempty"`
	ARN      string `json:"arn,omitempty"`
	Phase    string `json:"phase,omitempty"`
	Step     string `json:"step,omitempty"`
	Action   string `json:"action,omitempty"`
	Error    string `json:"error"`
	Stderr   string `json:"stderr,omitempty"` // its last lines
}

// ExecResult is the end of an exec.
type ExecResult struct {
	ID       string `json:"id"`
	ExitCode int    `json:"exitCode"` // -1 when the script did not end by itself
	Error    string `json:"error,omitempty"`
	Stdout   string `json:"stdout,omitempty"` // at most 1 MiB of it
	Stderr   string `json:"stderr,omitempty"` // its last lines
	LastSeq  int64  `json:"lastSeq"`
}
