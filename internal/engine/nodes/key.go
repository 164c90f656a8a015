package nodes

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"runtime"

	"ingot/internal/engine/plan"
)

// Language is the version of the component language that agents run. After it is raised,
// nodes of older agents are not used.
const Language = "2"

// Made is what a node was made from. Every field but Name goes into the key.
type Made struct {
	Account     string              `json:"account,omitempty"`  // owner of the node
	Parent      string              `json:"parent"`             // key of the node before, or digest of the parent image
	Name        string              `json:"name,omitempty"`     // for people: the component's ARN
	Document    string              `json:"document,omitempty"` // digest of the component document
	Parameters  map[string][]string `json:"parameters,omitempty"`
	Phases      []string            `json:"phases,omitempty"`
	Environment map[string]string   `json:"environment,omitempty"` // set by the service, the same in each build
	WorkDir     string              `json:"workDir,omitempty"`
	Startup     string              `json:"startup,omitempty"` // digest of the start-up script that ran before the first component
	Arch        string              `json:"arch,omitempty"`
	Language    string              `json:"language,omitempty"` // version of the agent's component language
	Backend     string              `json:"backend,omitempty"`  // kind of machine that ran it
	Size        int64               `json:"size,omitempty"`     // of a grown parent, bytes
	// Once is the ARN of the build if the node serves that build alone: its component
	// names a value that changes at every build, or the build does not use the cache.
	Once string `json:"once,omitempty"`
}

// Key is the name of the node: 64 hex digits.
func (m Made) Key() string {
	m.Name = ""
	text, err := json.Marshal(m) // maps are written with sorted keys
	if err != nil {
		panic(err) // strings, maps of strings and numbers always encode
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// JSON returns m as it is kept in the node's row.
func (m Made) JSON() string {
	text, err := json.Marshal(m)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// digest returns "sha256:" and 64 hex digits.
func digest(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256:" + hex.EncodeToString(sum[:])
}

// OfComponent describes the node that component i of the plan makes on the node parent.
func OfComponent(p *plan.Plan, i int, parent, backend string) Made {
	c := p.Components[i]
	m := Made{
		Account: p.Account, Parent: parent, Name: c.ARN, Document: digest(c.Data), Parameters: c.Parameters,
		Phases: []string{"build", "validate"}, WorkDir: p.WorkDir, Arch: runtime.GOARCH, Language: Language,
		Environment: map[string]string{"IMAGE_PHASE": "BUILDING"}, Backend: backend,
	}
	if i == 0 && p.UserData != "" {
		m.Startup = digest(p.UserData)
	}
	if len(c.Volatile) > 0 || p.Cache.Off {
		m.Once = p.Image
	}
	return m
}

// grown describes the first disk of a plan whose volume is larger than its parent image.
func grown(p *plan.Plan) Made {
	return Made{Account: p.Account, Parent: p.Parent.Digest, Name: "root volume", Size: p.RootBytes}
}
