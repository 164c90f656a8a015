package outcome

import "ingot/internal/visible"

// Bounds of what a step leaves in the database, in bytes. Much of it is a guest's word:
// the reason of a failed component, what a script printed. Lists and names are the
// host's own.
const (
	// maxMessage is what the API has for the reason of an image.
	maxMessage = 1024
	// maxOutput bounds each text of a step's outputs; a later step may refer to it.
	maxOutput = 16 << 10
)

// Bounded is the outcome as it may be kept and shown to anybody: its texts are plain
// and have a bound.
func (o Outcome) Bounded() Outcome {
	o.Message = visible.Sentence(o.Message, maxMessage)
	if o.Outputs != nil {
		o.Outputs, _ = bounded(o.Outputs).(map[string]any) // it stays one
	}
	return o
}

// bounded is a value as encoding/json reads it, with plain texts within their bound.
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
