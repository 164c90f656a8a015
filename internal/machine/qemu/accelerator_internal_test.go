package qemu

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
)

// TestVerdictOnKVM is inside the package, because hosts without KVM have to test
// it too.
func TestVerdictOnKVM(t *testing.T) {
	file := filepath.Join(t.TempDir(), "kvm.json")
	tests := 0
	judge := func(a *accelerator, result error) bool {
		t.Helper()
		v, err := a.judge(func() error { tests++; return result })
		if err != nil {
			t.Fatal(err)
		}
		return v.Works
	}
	first := &accelerator{file: file}
	if _, err := first.judge(func() error { return context.Canceled }); !errors.Is(err, context.Canceled) {
		t.Errorf("a test that was broken off gives %v", err)
	}
	if !judge(first, nil) || !judge(first, errors.New("not asked")) || !judge(&accelerator{file: file}, errors.New("not asked")) {
		t.Error("what worked was forgotten")
	}
	first.last.Version = "QEMU of yesterday"
	if err := saveJSON(file, first.last); err != nil {
		t.Fatal(err)
	}
	if judge(&accelerator{file: file}, errors.New("broken")) || judge(&accelerator{file: file}, nil) {
		t.Error("the verdict is that of another QEMU, or a failure was forgotten at once")
	}
	failed := &accelerator{file: file}
	judge(failed, nil)
	failed.last.At = failed.last.At.Add(-2 * failureAge)
	if !judge(failed, nil) {
		t.Error("a failure counts for ever")
	}
	if tests != 3 {
		t.Errorf("KVM was tested %d times, want 3", tests)
	}
}
