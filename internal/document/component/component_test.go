package component_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ingot/internal/document/component"
)

const motd = `---
name: motd
schemaVersion: 1.0
parameters:
  - Greeting:
      type: string
      default: 1.10
constants:
  - MotdFile:
      type: string
      value: /etc/motd.d/10-site
phases:
  - name: build
    steps:
      - name: Arch
        action: ExecuteBash
        timeoutSeconds: -1
        onFailure: Ignore
        maxAttempts: "3"
        disableLogging: TRUE
        inputs:
          commands:
            - dpkg --print-architecture
            - cat {{ MotdFile }} {{.Names}}
      - name: Motd
        action: CreateFile
        if:
          else: Abort
          value: '{{ build.Arch.outputs.stdout }}'
          stringEquals: amd64
        inputs:
          - path: '{{ MotdFile }}'
            content: "{{ Greeting }} on {{ build.Arch.outputs.stdout }}"
            permissions: 0750
            stray: ignored
  - name: validate
    steps:
      - name: MotdThere
        action: Assert
        inputs:
          fileExists: '{{ build.Motd.inputs[0].path }}'
      - name: Again
        action: Reboot
`

func parse(t *testing.T, text string) *component.Document {
	t.Helper()
	doc, err := component.Parse([]byte(text))
	if err != nil {
		t.Fatalf("Parse: %v", err)
	}
	return doc
}

func TestParse(t *testing.T) {
	doc := parse(t, motd)
	if got := doc.Parameters[0].Default; got != "1.10" {
		t.Errorf("default = %q; its spelling is lost", got)
	}
	arch := doc.Phases[0].Steps[0]
	if arch.Timeout != 0 || arch.OnFailure != component.Ignore || arch.MaxAttempts != 3 || !arch.DisableLogging {
		t.Errorf("step keys read as %+v", arch)
	}
	file := doc.Phases[0].Steps[1]
	if got := file.Inputs.Items[0].Get("permissions").Text; got != "0750" {
		t.Errorf("permissions = %q", got)
	}
	if file.Timeout != 2*time.Hour || file.OnFailure != component.Abort || file.MaxAttempts != 1 {
		t.Errorf("defaults of a step read as %+v", file)
	}
	if file.If.Then != component.Execute || file.If.Else != component.AbortRun {
		t.Errorf("verdicts = %v, %v", file.If.Then, file.If.Else)
	}
	if got := doc.Type(); got != "BUILD" {
		t.Errorf("Type = %s", got)
	}
	if err := doc.Check(component.Linux); err != nil {
		t.Errorf("Check(linux): %v", err)
	}
	if err := doc.Check(component.Windows); err == nil || !strings.Contains(err.Error(), "line 15: step Arch of phase build: the action module ExecuteBash does not exist on windows") {
		t.Errorf("Check(windows) = %v", err)
	}
}

func TestTypeTest(t *testing.T) {
	doc := parse(t, step("test", "action: Reboot"))
	if doc.Type() != "TEST" {
		t.Errorf("Type of a document with only a test phase = %s", doc.Type())
	}
}

// step is a document with one step of the given keys.
func step(phase, keys string) string {
	return "schemaVersion: 1.0\nphases:\n- name: " + phase + "\n  steps:\n  - name: one\n    " + strings.ReplaceAll(keys, "\n", "\n    ") + "\n"
}

func TestFaults(t *testing.T) {
	bash := "action: ExecuteBash\ninputs: {commands: [a]}"
	for name, tt := range map[string]struct{ doc, want string }{
		"not YAML":            {"a: [", "not valid YAML"},
		"empty":               {"", "the document"},
		"text":                {"hello", "must be a mapping"},
		"two documents":       {step("build", bash) + "---\na: b\n", "not valid YAML"},
		"unknown key":         {"colour: red\n" + step("build", bash), `line 1: the document has an unknown key "colour"`},
		"key twice":           {"name: a\nname: b\n" + step("build", bash), `line 2: the key "name" is there twice`},
		"no version":          {"phases: []", "no schemaVersion"},
		"wrong version":       {"schemaVersion: 2\nphases: []", "must be 1.0"},
		"phases as mapping":   {"schemaVersion: 1.0\nphases: {name: build}", "phases must be a list"},
		"no known phase":      {step("bake", bash), "at least one of the phases"},
		"phase twice":         {step("build", bash) + "- name: build\n  steps: [{name: x, action: Reboot}]", `the phase "build" is there twice`},
		"step twice":          {step("build", bash) + "  - name: one\n    action: Reboot", `line 8: the step "one" is there twice`},
		"unknown action":      {step("build", "action: executeBash"), "did you mean ExecuteBash"},
		"unknown step key":    {step("build", "retries: 3\n"+bash), `unknown key "retries"`},
		"timeout 0":           {step("build", "timeoutSeconds: 0\n"+bash), "timeoutSeconds"},
		"timeout -2":          {step("build", "timeoutSeconds: -2\n"+bash), "timeoutSeconds"},
		"timeout text":        {step("build", "timeoutSeconds: 1h\n"+bash), "must be an integer"},
		"attempts 0":          {step("build", "maxAttempts: 0\n"+bash), "at least 1"},
		"onFailure":           {step("build", "onFailure: abort\n"+bash), "Abort, Continue or Ignore"},
		"loop":                {step("build", "loop: {for: {start: 1, end: 2, updateBy: 1}}\n"+bash), "the key loop comes with a later version"},
		"later module":        {step("build", "action: WebDownload"), "the action module WebDownload comes with a later version"},
		"no inputs":           {step("build", "action: ExecuteBash"), "has no inputs"},
		"missing input":       {step("build", "action: ExecuteBinary\ninputs: {arguments: [a]}"), "has no path"},
		"unknown input":       {step("build", "action: ExecuteBash\ninputs: {commands: [a], shell: zsh}"), `unknown key "shell"`},
		"commands as text":    {step("build", "action: ExecuteBash\ninputs: {commands: ls}"), "must be a list of texts"},
		"command as mapping":  {step("build", "action: ExecuteBash\ninputs: {commands: [echo a: b]}"), "needs quotes"},
		"boolean":             {step("build", "action: CreateFile\ninputs: [{path: a, overwrite: maybe}]"), "true or false"},
		"unquoted reference":  {step("build", "action: DeleteFile\ninputs: [{path: {{ Name }}}]"), "needs quotes"},
		"undeclared":          {step("build", "action: ExecuteBash\ninputs: {commands: ['{{ Nope }}']}"), "line 7: {{ Nope }} names no parameter"},
		"chaining nowhere":    {step("build", "action: ExecuteBash\ninputs: {commands: ['{{ build.two.outputs.stdout }}']}"), "names no phase and step"},
		"credentials":         {step("build", "action: ExecuteBash\ninputs: {commands: ['{{ aws:imds:iam/info }}']}"), "reads credentials"},
		"unknown fact":        {step("build", "action: ExecuteBash\ninputs: {commands: ['{{ context:moon }}']}"), "no known fact"},
		"parameter as list":   {"parameters: [{name: abc, type: string}]\n" + step("build", bash), "one key"},
		"short name":          {"parameters: [{ab: {type: string}}]\n" + step("build", bash), "3 to 128"},
		"name twice":          {"parameters: [{abc: {type: string}}]\nconstants: [{abc: {type: string, value: x}}]\n" + step("build", bash), "declared twice"},
		"no type":             {"parameters: [{abc: {default: x}}]\n" + step("build", bash), "has no type"},
		"constant no value":   {"constants: [{abc: {type: string}}]\n" + step("build", bash), "has no value"},
		"two operators":       {step("build", "if: {fileExists: a, folderExists: b}\n"+bash), "it takes one"},
		"no operator":         {step("build", "if: {fileIsThere: a}\n"+bash), "no operator that is known"},
		"comparison no value": {step("build", "if: {stringEquals: a}\n"+bash), "needs the key value"},
		"checksum with value": {step("build", "if: {fileMD5Equals: a, value: b}\n"+bash), "does not take"},
		"empty and":           {step("build", "if: {and: []}\n"+bash), "at least one"},
		"not of two":          {step("build", "if: {not: [{fileExists: a}, {fileExists: b}]}\n"+bash), "takes one"},
		"nested fault":        {step("build", "if: {or: [{not: {and: [{x: y}]}}]}\n"+bash), "or[0].not[0].and[0]"},
		"large pattern":       {step("build", "if: {patternMatches: '"+strings.Repeat(".{1000}", 60)+"', value: b}\n"+bash), "too large"},
		"pattern":             {step("build", "if: {patternMatches: '(', value: b}\n"+bash), "regular expression"},
		"then in Assert":      {step("build", "action: Assert\ninputs: {fileExists: a, then: Skip}"), "does not take"},
		"verdict":             {step("build", "if: {fileExists: a, then: skip}\n"+bash), "Execute, Skip or Abort"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := component.Parse([]byte(tt.doc))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Parse = %v; want a fault with %q", err, tt.want)
			}
		})
	}
}

func TestFaultsAreReportedTogetherInOrder(t *testing.T) {
	_, err := component.Parse([]byte(step("build", "retries: 3\naction: ExecuteBash\nmaxAttempts: 0")))
	faults, ok := err.(component.Faults)
	if !ok || len(faults) != 3 {
		t.Fatalf("Parse = %v; want three faults", err)
	}
	for i, f := range faults {
		if i > 0 && f.Line < faults[i-1].Line {
			t.Errorf("faults are not sorted by line: %v", faults)
		}
	}
}

func TestBounds(t *testing.T) {
	bomb := "a: &a [x, x, x, x, x, x, x, x, x, x]\n"
	for c := 'b'; c < 'k'; c++ {
		prev := string(c - 1)
		bomb += string(c) + ": &" + string(c) + " [" + strings.Repeat("*"+prev+", ", 9) + "*" + prev + "]\n"
	}
	for name, doc := range map[string]string{
		"alias bomb":  bomb,
		"alias loop":  "a: &a [*a]",
		"deep":        strings.Repeat("[", 5000),
		"deep closed": strings.Repeat("[", 500) + strings.Repeat("]", 500),
		"huge":        "name: " + strings.Repeat("x", 2<<20),
		"many faults": strings.Repeat("- a\n", 20000),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := component.Parse([]byte(doc))
			if err == nil || len(err.Error()) > 50_000 {
				t.Errorf("Parse = %.300v", err)
			}
		})
	}
}

func TestAliasesAndJSON(t *testing.T) {
	doc := parse(t, `{"schemaVersion":"1.0","phases":[{"name":"build","steps":[
		{"name":"a","action":"ExecuteBash","inputs":&in {"commands":["true"]}},
		{"name":"b","action":"ExecuteBash","inputs":*in}]}]}`)
	if got := doc.Phases[0].Steps[1].Inputs.String(); got != `{"commands":["true"]}` {
		t.Errorf("inputs behind an alias = %s", got)
	}
}

func TestExpand(t *testing.T) {
	value := func(r component.Reference) (string, bool, error) {
		return "<" + r.Body + ">", r.Kind == component.RefLoop, nil
	}
	for in, want := range map[string]string{
		"plain":                         "plain",
		"a {{ Name }}{{Other}} b":       "a <Name><Other> b",
		"{{.Names}} {{ a | b }}":        "{{.Names}} {{ a | b }}",
		"{{ loop.value }}":              "{{ loop.value }}",
		"{{ range . }}{{ Name }}":       "{{ range . }}<Name>",
		"${{{ Name }}}":                 "${<Name>}",
		"{{ {{ Name }}":                 "{{ <Name>",
		"}} {{ Name }} }}":              "}} <Name> }}",
		"{{ p.s.outputs[1].files }}":    "<p.s.outputs[1].files>",
		"{{ env:A B }}":                 "<env:A B>",
		"{{ aws:ssm:resolve( Path ) }}": "<aws:ssm:resolve( Path )>",
		"{{}} {{ }} {{":                 "{{}} {{ }} {{",
		"{{ 'x' }}":                     "{{ 'x' }}",
	} {
		got, err := component.Expand(in, value)
		if err != nil || got != want {
			t.Errorf("Expand(%q) = %q, %v; want %q", in, got, err, want)
		}
	}
}

func TestReferenceParts(t *testing.T) {
	got := component.References("{{ build.Step one.outputs.x }}{{ build.a.b.inputs[7].path }}{{ aws:ssm:resolve(Name) }}")
	want := []component.Reference{
		{Kind: component.RefInput, Body: "build.a.b.inputs[7].path", Chain: "build.a.b", Index: 7, Key: "path"},
		{Kind: component.RefSSM, Body: "aws:ssm:resolve(Name)", Name: "Name", Resolve: true},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestVolatile(t *testing.T) {
	doc := parse(t, `
schemaVersion: 1.0
constants:
  - Arn: {type: string, value: $IMAGE_BUILD_VERSION_ARN}
phases:
  - name: build
    steps:
      - name: a
        action: ExecuteBash
        if: {stringEquals: x, value: '{{ context:hostname }}'}
        inputs:
          commands:
            - echo ${IMAGE_VERSION:-none} $IMAGE_PHASE $MY_IMAGE
            - echo '{{ aws:imds:instance-id }}' {{ env:IMAGE_BUILD_VERSION }} {{ env:PATH }} {{ Arn }}
`)
	want := []string{"IMAGE_BUILD_VERSION", "IMAGE_BUILD_VERSION_ARN", "IMAGE_VERSION", "aws:imds:instance-id", "context:hostname"}
	if diff := cmp.Diff(want, doc.Volatile()); diff != "" {
		t.Error(diff)
	}
	if got := parse(t, motd).Volatile(); len(got) != 0 {
		t.Errorf("a stable document has the volatile values %v", got)
	}
}
