// Package workflow reads the workflow document language: steps with an action,
// inputs, a condition and what to do when they fail. It parses, checks and resolves,
// and runs nothing.
//
// A path is "$.root.name…", a reference to a fact of the run; see [Facts]. An input
// whose key ends in ".$" takes the value at its path and keeps its type;
// "{{ $.path }}" inside a text is replaced by the value as text. A condition says
// whether a step runs or is skipped.
package workflow
