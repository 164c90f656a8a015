package qemu

import (
	"context"
	"errors"
	"path/filepath"
	"testing"

	"ingot/internal/machine/folder"
)

// TestVerdictOnKVM is inside the package, because hosts without KVM have to test
// it too.
func TestVerdictOnKVM(t *testing.T) {
	file := filepath.Join(t.TempDir(), "kvm.json")
	tests := 0
	judge := func(a *accelerator, fault error) bool {
		t.Helper()
		v, err := a.judge(t.Context(), func() (error, error) { tests++; return fault, nil })
		if err != nil {
			t.Fatal(err)
		}
		return v.Works
	}
	first := &accelerator{file: file}
	if !judge(first, nil) || !judge(first, errors.New("not asked")) || !judge(&accelerator{file: file}, errors.New("not asked")) {
		t.Error("what worked was forgotten")
	}
	first.last.Version = "QEMU of yesterday"
	if err := folder.Save(file, first.last); err != nil {
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

// TestNoVerdictOnKVM has tests from which nothing is learnt.
func TestNoVerdictOnKVM(t *testing.T) {
	a := &accelerator{file: filepath.Join(t.TempDir(), "kvm.json")}
	cancelled := errors.New("the build was cancelled")
	ctx, cancel := context.WithCancelCause(t.Context())
	_, err := a.judge(ctx, func() (error, error) {
		cancel(cancelled)
		return context.Cause(ctx), nil
	})
	if !errors.Is(err, cancelled) {
		t.Errorf("a test that its caller gave up gives %v", err)
	}
	if _, err := a.judge(t.Context(), func() (error, error) { return nil, errNoGuest }); !errors.Is(err, errNoGuest) {
		t.Errorf("a test without a guest gives %v", err)
	}
	if v, err := a.judge(t.Context(), func() (error, error) { return nil, nil }); err != nil || !v.Works {
		t.Errorf("what was not learnt was remembered: %+v, %v", v, err)
	}
}
