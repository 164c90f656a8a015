package main

import (
	"bytes"
	"strings"
	"testing"

	"ingot/internal/store"
)

// TestNamesOfImagesAreOneLine lists an image whose name has a line of its own.
func TestNamesOfImagesAreOneLine(t *testing.T) {
	var out bytes.Buffer
	err := printAMIs(&out, []store.AMI{{Region: "us-east-1", ID: "ami-1", Name: "web\nus-east-1  ami-2\r\tforged\x1b[2J"}})
	if err != nil {
		t.Fatal(err)
	}
	if text := out.String(); strings.Count(text, "\n") != 2 || strings.ContainsAny(text, "\r\x1b") {
		t.Errorf("the list is %q", text)
	}
}
