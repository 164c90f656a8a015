// Package workflow holds the managed workflows (owner "aws") as the documents
// that users see and that the engine runs.
package workflow

import "embed"

//go:embed *.yaml
var files embed.FS

// Managed is one managed workflow.
type Managed struct {
	Name    string // slug in its ARN
	Type    string // BUILD, TEST or DISTRIBUTION
	Version string // its only version; the build is 1
	File    string
}

// All lists the managed workflows; a build without its own workflows runs the three of
// its kind in this order.
var All = []Managed{
	{Name: "build-image", Type: "BUILD", Version: "1.0.0", File: "build-image.yaml"},
	{Name: "test-image", Type: "TEST", Version: "1.0.0", File: "test-image.yaml"},
	{Name: "distribute-image", Type: "DISTRIBUTION", Version: "1.0.0", File: "distribute-image.yaml"},
}

// Document returns the text of the workflow.
func (m Managed) Document() string {
	text, err := files.ReadFile(m.File)
	if err != nil {
		panic(err) // the file is embedded beside this list
	}
	return string(text)
}
