// Package node names the cached steps of a build.
//
// The key of a node is a hash of everything that made it and of nothing that changes
// by itself, so that a build whose first steps are known starts after them:
//
//	parent digest → (grown to 4 GiB) → component 1 → component 2 → …
//
// The rows of nodes are in the store, their disks are files named by key.
//
// Terms:
//
//   - node: a cached step: a disk and how it came to be.
package node

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
)

// Made is what a node was made from. Every field but Name goes into the key.
type Made struct {
	Account     string              `json:"account,omitempty"`  // that the node belongs to
	Parent      string              `json:"parent"`             // key of the node before, or digest of the parent image
	Name        string              `json:"name,omitempty"`     // for people: the component's ARN
	Document    string              `json:"document,omitempty"` // digest of the component document
	Parameters  map[string][]string `json:"parameters,omitempty"`
	Phases      []string            `json:"phases,omitempty"`
	Environment map[string]string   `json:"environment,omitempty"` // what the service sets and does not change by itself
	WorkDir     string              `json:"workDir,omitempty"`
	Startup     string              `json:"startup,omitempty"` // digest of the start-up script that ran before the first component
	Arch        string              `json:"arch,omitempty"`
	Language    string              `json:"language,omitempty"` // version of the agent's component language
	Backend     string              `json:"backend,omitempty"`  // kind of machine that ran it
	Size        int64               `json:"size,omitempty"`     // of a grown parent, bytes
	// Once is the ARN of the build for a node that serves its own build alone: of a
	// component that names a value which changes at every build, or of a build that
	// leaves the cache aside.
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

// JSON is the record of the node for its row.
func (m Made) JSON() string {
	text, err := json.Marshal(m)
	if err != nil {
		panic(err)
	}
	return string(text)
}

// DigestText is the digest of a document: "sha256:" and 64 hex digits.
func DigestText(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256:" + hex.EncodeToString(sum[:])
}
