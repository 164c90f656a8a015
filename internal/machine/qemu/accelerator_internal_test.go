package qemu

import (
	"context"
	"errors"
	"path/filepath"
	"reflect"
	"testing"
)

// TestVerdictOnKVM is in the package, so that it runs on hosts without KVM too.
func TestVerdictOnKVM(t *testing.T) {
	folder := t.TempDir()
	now, err := basisOf("/pool/guest.raw")
	if err != nil {
		t.Skip(err)
	}
	tests := 0
	judge := func(a *accelerator, on basis, fault error) bool {
		t.Helper()
		v, err := a.judge(t.Context(), on, func() (error, error) { tests++; return fault, nil })
		if err != nil {
			t.Fatal(err)
		}
		return v.Works
	}
	notAsked := errors.New("not asked")
	first := &accelerator{folder: folder}
	if !judge(first, now, nil) || !judge(first, now, notAsked) || !judge(&accelerator{folder: folder}, now, notAsked) {
		t.Error("what worked was forgotten")
	}
	broken := now
	broken.QEMU = "QEMU of tomorrow"
	if judge(first, broken, errors.New("it ended at once")) || judge(first, broken, nil) || judge(&accelerator{folder: folder}, broken, nil) {
		t.Error("a failure was forgotten, or the verdict is that of another QEMU")
	}
	if tests != 2 {
		t.Errorf("KVM was tested %d times, want 2", tests)
	}
	if v := LastVerdict(folder); v == nil || !v.Works || v.File != now.file(folder) {
		t.Errorf("the verdict %+v is said to hold here", v)
	}
	if alone := new(accelerator); judge(alone, now, notAsked) || judge(alone, now, nil) || tests != 3 {
		t.Errorf("without a folder KVM was tested %d times, want once", tests-2)
	}
}

// TestVerdictDependsOnItsBasis changes each part of the basis.
func TestVerdictDependsOnItsBasis(t *testing.T) {
	folder := t.TempDir()
	base := basis{Boot: "boot", Kernel: "kernel", CPU: "cpu", QEMU: "qemu", Guest: "guest"}
	a := &accelerator{folder: folder}
	tests := 0
	test := func() (error, error) { tests++; return nil, nil }
	if _, err := a.judge(t.Context(), base, test); err != nil {
		t.Fatal(err)
	}
	fields := reflect.TypeFor[basis]().NumField()
	for i := range fields {
		other := base
		reflect.ValueOf(&other).Elem().Field(i).SetString("another")
		if _, err := a.judge(t.Context(), other, test); err != nil {
			t.Fatal(err)
		}
		if tests != i+2 {
			t.Errorf("another %s changes nothing", reflect.TypeFor[basis]().Field(i).Name)
		}
	}
	if _, err := a.judge(t.Context(), base, test); err != nil || tests != fields+1 {
		t.Errorf("one of two servers on a host makes the other test again: %d tests, %v", tests, err)
	}
	if kept, err := filepath.Glob(filepath.Join(folder, "ingot-kvm-*.json")); err != nil || len(kept) != fields+1 {
		t.Errorf("%d verdicts are kept, %v", len(kept), err)
	}
}

// TestNoVerdictOnKVM has tests without a result.
func TestNoVerdictOnKVM(t *testing.T) {
	a := &accelerator{folder: t.TempDir()}
	cancelled := errors.New("the build was cancelled")
	ctx, cancel := context.WithCancelCause(t.Context())
	_, err := a.judge(ctx, basis{}, func() (error, error) {
		cancel(cancelled)
		return context.Cause(ctx), nil
	})
	if !errors.Is(err, cancelled) {
		t.Errorf("a test that its caller gave up gives %v", err)
	}
	if _, err := a.judge(t.Context(), basis{}, func() (error, error) { return nil, errNoGuest }); !errors.Is(err, errNoGuest) {
		t.Errorf("a test without a guest gives %v", err)
	}
	if v, err := a.judge(t.Context(), basis{}, func() (error, error) { return nil, nil }); err != nil || !v.Works {
		t.Errorf("a test without a result was kept: %+v, %v", v, err)
	}
}
