package component

// Shape is the form of a module's inputs.
type Shape int

// The shapes of inputs.
const (
	ShapeMapping    Shape = iota // one mapping
	ShapeList                    // a list of mappings, or one mapping as a list of one
	ShapeExpression              // a condition
)

// Type is the type of an input.
type Type int

// The types of input. A Bool or Int that contains a reference is checked when the step
// runs.
const (
	TypeText Type = iota
	TypeBool
	TypeInt
	TypeTexts // a list of texts
)

// Input is one key of a module's inputs.
type Input struct {
	Name     string
	Type     Type
	Required bool
}

// Module is what the checker knows of an action module.
type Module struct {
	Name      string
	Platforms []string // where it exists: linux, windows, darwin
	Shape     Shape
	Optional  bool // `inputs` itself may be left out
	// Lenient modules ignore unknown keys; published components rely on it.
	Lenient bool
	Inputs  []Input
	Outputs []string
	// Unsupported modules are in the language and do not run in this version.
	Unsupported bool
}

// Platforms that a document can be checked for.
const (
	Linux   = "linux"
	Windows = "windows"
	Darwin  = "darwin"
)

var (
	everywhere = []string{Linux, Windows, Darwin}
	unix       = []string{Linux, Darwin}
)

func text(name string) Input         { return Input{Name: name} }
func requiredText(name string) Input { return Input{Name: name, Required: true} }
func flag(name string) Input         { return Input{Name: name, Type: TypeBool} }

// modules is every action module of the language, in the order of its manual. To
// implement an unsupported module, remove its mark and add its inputs; nothing else
// refuses it.
var modules = index([]Module{
	{Name: "ExecuteBash", Platforms: unix, Outputs: []string{"stdout"},
		Inputs: []Input{{Name: "commands", Type: TypeTexts, Required: true}}},
	{Name: "ExecutePowerShell", Platforms: []string{Windows}, Unsupported: true},
	{Name: "ExecuteBinary", Platforms: everywhere, Outputs: []string{"stdout"},
		Inputs: []Input{requiredText("path"), {Name: "arguments", Type: TypeTexts}}},
	{Name: "ExecuteDocument", Platforms: everywhere, Unsupported: true},
	{Name: "Assert", Platforms: everywhere, Shape: ShapeExpression},

	{Name: "S3Download", Platforms: everywhere, Shape: ShapeList, Unsupported: true},
	{Name: "S3Upload", Platforms: everywhere, Shape: ShapeList, Unsupported: true},
	{Name: "WebDownload", Platforms: everywhere, Shape: ShapeList, Unsupported: true},

	{Name: "CreateFile", Platforms: everywhere, Shape: ShapeList, Lenient: true,
		Inputs: []Input{requiredText("path"), text("content"), text("encoding"), text("owner"), text("group"), text("permissions"), flag("overwrite")}},
	{Name: "AppendFile", Platforms: everywhere, Shape: ShapeList, Lenient: true,
		Inputs: []Input{requiredText("path"), text("content"), text("encoding")}},
	{Name: "ReadFile", Platforms: everywhere, Shape: ShapeList, Unsupported: true},
	{Name: "CopyFile", Platforms: everywhere, Shape: ShapeList, Lenient: true,
		Inputs: []Input{requiredText("source"), requiredText("destination"), flag("overwrite")}},
	{Name: "MoveFile", Platforms: everywhere, Shape: ShapeList, Unsupported: true},
	{Name: "DeleteFile", Platforms: everywhere, Shape: ShapeList, Lenient: true,
		Inputs: []Input{requiredText("path")}},
	{Name: "ListFiles", Platforms: everywhere, Shape: ShapeList, Unsupported: true},
	{Name: "CreateFolder", Platforms: everywhere, Shape: ShapeList, Lenient: true,
		Inputs: []Input{requiredText("path"), text("owner"), text("group"), text("permissions"), flag("overwrite")}},
	{Name: "CopyFolder", Platforms: everywhere, Shape: ShapeList, Unsupported: true},
	{Name: "MoveFolder", Platforms: everywhere, Shape: ShapeList, Unsupported: true},
	{Name: "DeleteFolder", Platforms: everywhere, Shape: ShapeList, Unsupported: true},
	{Name: "CreateSymlink", Platforms: unix, Shape: ShapeList, Unsupported: true},
	{Name: "SetFileEncoding", Platforms: everywhere, Shape: ShapeList, Unsupported: true},
	{Name: "SetFileOwner", Platforms: unix, Shape: ShapeList, Lenient: true,
		Inputs: []Input{requiredText("path"), requiredText("owner"), text("group")}},
	{Name: "SetFolderOwner", Platforms: unix, Shape: ShapeList, Unsupported: true},
	{Name: "SetFilePermissions", Platforms: unix, Shape: ShapeList, Lenient: true,
		Inputs: []Input{requiredText("path"), requiredText("permissions")}},
	{Name: "SetFolderPermissions", Platforms: unix, Shape: ShapeList, Unsupported: true},

	{Name: "InstallMSI", Platforms: []string{Windows}, Unsupported: true},
	{Name: "UninstallMSI", Platforms: []string{Windows}, Unsupported: true},
	{Name: "UpdateOS", Platforms: []string{Linux, Windows}, Optional: true,
		Inputs: []Input{{Name: "include", Type: TypeTexts}, {Name: "exclude", Type: TypeTexts}}},
	{Name: "Reboot", Platforms: everywhere, Optional: true,
		Inputs: []Input{{Name: "delaySeconds", Type: TypeInt}}},
	{Name: "SetRegistry", Platforms: []string{Windows}, Shape: ShapeList, Unsupported: true},
})

func index(list []Module) map[string]Module {
	m := make(map[string]Module, len(list))
	for _, module := range list {
		m[module.Name] = module
	}
	return m
}

// LookupModule finds an action module by its exact name.
func LookupModule(name string) (Module, bool) {
	m, ok := modules[name]
	return m, ok
}

// unsupportedMessage returns the sentence for parts of the language that this version
// does not run.
func unsupportedMessage(what string) string {
	return what + " comes with a later version of Ingot and cannot be used yet"
}
