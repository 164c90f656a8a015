// Package plan describes what a build will do. A plan is made once, in the transaction
// that accepts the build. It is kept as JSON, so that a newer binary can run an older
// plan. Fields are only ever added.
//
// Terms:
//
//   - plan: everything that had to be resolved before a build started, the input of the
//     durable function that runs it.
package plan

import (
	"time"

	"ingot/internal/store"
)

// Plan is one build.
type Plan struct {
	Account  string    `json:"account"`
	Region   string    `json:"region"`
	Image    string    `json:"image"` // build version ARN
	Name     string    `json:"name"`  // of the image, the recipe's
	Version  string    `json:"version"`
	Build    int       `json:"build"`
	Pipeline string    `json:"pipeline,omitempty"` // ARN
	Platform string    `json:"platform"`
	Began    time.Time `json:"began"`                 // the date for names
	Describe string    `json:"description,omitempty"` // the recipe's description

	Parent       Parent        `json:"parent"`
	RootBytes    int64         `json:"rootBytes"` // size of the root volume
	Components   []Component   `json:"components"`
	WorkDir      string        `json:"workDir"`
	UserData     string        `json:"userData,omitempty"` // override, decoded
	Machine      Machine       `json:"machine"`
	Metadata     bool          `json:"metadata"`
	Workflows    []Workflow    `json:"workflows"`
	Destinations []Destination `json:"destinations"` // the build region's first
	Cache        Cache         `json:"cache"`
	Ignored      []string      `json:"ignored,omitempty"` // accepted fields without effect, sentences
}

// Parent is the image that the build starts from.
type Parent struct {
	AMI    string `json:"ami"`
	ARN    string `json:"arn,omitempty"`
	Digest string `json:"digest"` // of its blob
	Region string `json:"region"` // where the blob lies
	Size   int64  `json:"size"`   // bytes
	// Owner is the account that owns the image; empty in plans of older releases.
	Owner string `json:"owner,omitempty"`
}

// Component is one component of the recipe, resolved.
type Component struct {
	ARN        string              `json:"arn"` // build version
	Name       string              `json:"name"`
	Data       string              `json:"data"`
	Parameters map[string][]string `json:"parameters,omitempty"`
	Volatile   []string            `json:"volatile,omitempty"` // values in it that change at every build
}

// Machine says on what the instances run.
type Machine struct {
	Types   []string `json:"types,omitempty"`   // instance types, in order of preference
	Backend string   `json:"backend,omitempty"` // sandbox or qemu when asked for; else the host decides
	Keep    bool     `json:"keep,omitempty"`    // terminateInstanceOnFailure: false
}

// Workflow is one workflow document to run.
type Workflow struct {
	Execution string   `json:"execution"` // wf-<uuid>
	ARN       string   `json:"arn"`       // build version
	Type      string   `json:"type"`      // BUILD, TEST or DISTRIBUTION
	Document  string   `json:"document"`
	Steps     []string `json:"steps"` // step-<uuid>, in order
}

// Destination is a region that gets a copy.
type Destination struct {
	Region      string             `json:"region"`
	Name        string             `json:"name"` // with its variables
	Description string             `json:"description,omitempty"`
	Tags        map[string]string  `json:"tags,omitempty"`
	Permissions []store.Permission `json:"permissions,omitempty"`
}

// Cache says which nodes of earlier builds may be continued from.
type Cache struct {
	Off    bool   `json:"off,omitempty"`
	Always bool   `json:"always,omitempty"`
	Within int64  `json:"within,omitempty"` // seconds since the node was made
	Why    string `json:"why"`              // the reason, for people
}
