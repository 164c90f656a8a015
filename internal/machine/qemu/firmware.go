package qemu

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Firmwares.
const (
	biosFirmware = "bios"
	uefiFirmware = "uefi"
)

// bootCode is the size of the part of a disk's first sector that a BIOS starts.
const bootCode = 440

// chooseFirmware returns the firmware that was asked for, else BIOS for a disk with code
// in its first sector, else UEFI.
func chooseFirmware(asked, disk string) (string, error) {
	switch asked {
	case biosFirmware, uefiFirmware:
		return asked, nil
	case "":
	default:
		return "", fmt.Errorf("the firmware is bios or uefi, not %q", asked)
	}
	f, err := os.Open(disk)
	if err != nil {
		return "", err
	}
	defer f.Close()
	var sector [bootCode]byte
	if _, err := io.ReadFull(f, sector[:]); err != nil {
		return "", fmt.Errorf("reading the first sector of %s: %w", disk, err)
	}
	if sector == [bootCode]byte{} {
		return uefiFirmware, nil
	}
	return biosFirmware, nil
}

// firmwares are the paths of UEFI firmware and its empty variables in distributions.
var firmwares = []struct{ code, vars string }{
	{"/usr/share/OVMF/OVMF_CODE_4M.fd", "/usr/share/OVMF/OVMF_VARS_4M.fd"},
	{"/usr/share/OVMF/OVMF_CODE.fd", "/usr/share/OVMF/OVMF_VARS.fd"},
	{"/usr/share/edk2/ovmf/OVMF_CODE.fd", "/usr/share/edk2/ovmf/OVMF_VARS.fd"},
	{"/usr/share/edk2/x64/OVMF_CODE.4m.fd", "/usr/share/edk2/x64/OVMF_VARS.4m.fd"},
}

// findUEFI returns the files of UEFI firmware on this host.
func findUEFI() (code, vars string, err error) {
	for _, f := range firmwares {
		if _, err := os.Stat(f.code); err == nil {
			return f.code, f.vars, nil
		}
	}
	return "", "", errNoUEFI
}

// flash returns the arguments for UEFI firmware with variables in a file.
func flash(vars string) []string {
	code, _, err := findUEFI()
	if err != nil {
		return nil // putFirmware has found it before
	}
	return []string{
		"-blockdev", blockdev("code", code, true), "-blockdev", blockdev("vars", vars, false), "-machine", "pflash0=code,pflash1=vars",
	}
}

// putFirmware makes a machine's own copy of the UEFI variables.
func putFirmware(dir string, id identity) error {
	if id.Firmware != uefiFirmware {
		return nil
	}
	_, vars, err := findUEFI()
	if err != nil {
		return err
	}
	text, err := os.ReadFile(vars)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, varsFile), text, 0o600)
}
