package store_test

import (
	"os"
	"testing"

	"ingot/internal/store/storetest"
)

func TestMain(m *testing.M) { os.Exit(storetest.Run(m)) }
