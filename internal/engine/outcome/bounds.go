package outcome

import "ingot/internal/visible"

// Bounds of what a step leaves in the database, in bytes. Much of it comes from guests:
// the reason of a failed component, what a script printed. Lists and names are the host's
// own.
const (
	// maxMessage is the API's bound of the reason of an image.
	maxMessage = 1024
	// maxOutput bounds each text of a step's outputs; a later step may refer to it.
	maxOutput = 16 << 10
)

// Bounded returns the outcome with plain texts within their bounds, so that it can be
// kept and shown.
func (o Outcome) Bounded() Outcome {
	o.Message = visible.Sentence(o.Message, maxMessage)
	if o.Outputs != nil {
		o.Outputs, _ = bounded(o.Outputs).(map[string]any) // it stays one
	}
	return o
}

// bounded returns a value as encoding/json reads it, with plain texts within their bound.
func bounded(v any) any {
	switch v := v.(type) {
	case string:
		return visible.Clip(visible.Text(visible.Clip(v, maxOutput)), maxOutput)
	case []any:
		list := make([]any, len(v))
		for i, item := range v {
			list[i] = bounded(item)
		}
		return list
	case map[string]any:
		m := make(map[string]any, len(v))
		for k, item := range v {
			m[k] = bounded(item)
		}
		return m
	}
	return v
}
