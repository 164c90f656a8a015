package main

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"ingot/internal/config"
	"ingot/internal/store"
)

// The account and user of a new data directory.
const (
	firstAccount  = "000000000000"
	defaultRegion = "us-east-1"
)

func newEnv() *cobra.Command {
	c := &cobra.Command{
		Use: "env", Short: "print the shell exports that let aws and every SDK speak to this server", Args: cobra.NoArgs,
		Example: `  eval "$(ingot env)" && aws imagebuilder list-images`,
	}
	region := regionFlag(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		data := dataOf(c)
		s, err := openStore(c.Context(), data)
		if err != nil {
			return err
		}
		defer s.Close()
		keys, err := store.Keys(c.Context(), s.DB())
		if err != nil {
			return err
		}
		if len(keys) == 0 {
			return errors.New("there is no access key yet; `ingot serve` makes the first one")
		}
		printExports(c.OutOrStdout(), keys[0], data.Endpoint(), *region)
		return nil
	}
	return c
}

func regionFlag(c *cobra.Command) *string {
	return c.Flags().String("region", defaultRegion, "region to work in")
}

// printExports prints what a shell evaluates. An older CLI would send the keys to AWS,
// so it also prints the remedy.
func printExports(w io.Writer, k store.Key, endpoint, region string) {
	for _, v := range [][2]string{
		{"AWS_ENDPOINT_URL", endpoint}, {"AWS_ACCESS_KEY_ID", k.ID}, {"AWS_SECRET_ACCESS_KEY", k.Secret},
		{"AWS_REGION", region}, {"AWS_DEFAULT_REGION", region},
	} {
		fmt.Fprintf(w, "export %s=%s\n", v[0], shellQuote(v[1]))
	}
	fmt.Fprintln(w, "unset AWS_SESSION_TOKEN AWS_PROFILE")
	fmt.Fprintln(w, "# The AWS CLI before 1.29 and 2.13 needs --endpoint-url $AWS_ENDPOINT_URL with each call.")
}

// shellQuote returns s as one word of a POSIX shell.
func shellQuote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

func newKey() *cobra.Command {
	key := &cobra.Command{Use: "key", Short: "access keys"}
	key.AddCommand(newKeyCreate(), newKeyList(), newKeyDelete())
	return key
}

func newKeyCreate() *cobra.Command {
	create := &cobra.Command{Use: "create", Short: "make an access key for an account", Args: cobra.NoArgs}
	account := create.Flags().String("account", firstAccount, "account of 12 digits")
	user := create.Flags().String("user", "admin", "name of the user, as it stands in ARNs")
	export := create.Flags().Bool("export", false, "print shell exports instead of only the key")
	region := regionFlag(create)
	create.RunE = func(c *cobra.Command, _ []string) error {
		data := dataOf(c)
		s, err := openStore(c.Context(), data)
		if err != nil {
			return err
		}
		defer s.Close()
		k, err := makeKey(c.Context(), s, *account, *user)
		if err != nil {
			return err
		}
		if *export {
			printExports(c.OutOrStdout(), k, data.Endpoint(), *region)
			return nil
		}
		fmt.Fprintf(c.OutOrStdout(), "%s %s\n", k.ID, k.Secret)
		return nil
	}
	return create
}

func newKeyList() *cobra.Command {
	list := &cobra.Command{Use: "list", Short: "list access keys, without their secrets", Args: cobra.NoArgs}
	account := list.Flags().String("account", "", "account of 12 digits; all of them when it is empty")
	list.RunE = func(c *cobra.Command, _ []string) error {
		if *account != "" && !accountForm.MatchString(*account) {
			return badAccount(*account)
		}
		s, err := openStore(c.Context(), dataOf(c))
		if err != nil {
			return err
		}
		defer s.Close()
		keys, err := keysOf(c.Context(), s, *account)
		if err != nil {
			return err
		}
		t := tabwriter.NewWriter(c.OutOrStdout(), 0, 0, 2, ' ', 0)
		fmt.Fprintln(t, "ID\tACCOUNT\tUSER\tCREATED")
		for _, k := range keys {
			fmt.Fprintf(t, "%s\t%s\t%s\t%s\n", k.ID, k.Account, k.User, k.Created)
		}
		return t.Flush()
	}
	return list
}

func newKeyDelete() *cobra.Command {
	return &cobra.Command{
		Use: "delete ID", Short: "delete an access key; the next call that it signs is refused", Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			s, err := openStore(c.Context(), dataOf(c))
			if err != nil {
				return err
			}
			defer s.Close()
			return deleteKey(c.Context(), s, args[0], c.OutOrStdout(), c.ErrOrStderr())
		},
	}
}

// deleteKey deletes a key, and warns when it was the last one of its account.
func deleteKey(ctx context.Context, s *store.Store, id string, out, warn io.Writer) error {
	k, err := store.KeyByID(ctx, s.DB(), id)
	there := false
	if err == nil {
		there, err = store.DeleteKey(ctx, s.DB(), id)
	}
	if errors.Is(err, store.ErrNoRows) || err == nil && !there {
		return fmt.Errorf("there is no access key %s; `ingot key list` shows all", id)
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "deleted %s of %s in the account %s\n", k.ID, k.User, k.Account)
	left, err := keysOf(ctx, s, k.Account)
	if err == nil && len(left) == 0 {
		fmt.Fprintf(warn, "ingot: this was the last key of the account %s, which nobody can use now; `ingot key create --account %[1]s` makes another\n", k.Account)
	}
	return err
}

// keysOf lists the keys of an account, or all, oldest first.
func keysOf(ctx context.Context, s *store.Store, account string) ([]store.Key, error) {
	keys, err := store.Keys(ctx, s.DB())
	return slices.DeleteFunc(keys, func(k store.Key) bool { return account != "" && k.Account != account }), err
}

var (
	accountForm = regexp.MustCompile(`^[0-9]{12}$`)
	userForm    = regexp.MustCompile(`^[A-Za-z0-9_+=,.@-]{1,64}$`) // IAM's
)

func badAccount(s string) error { return fmt.Errorf("an account has 12 digits, %q has not", s) }

// makeKey makes an access key. The secret is shown once and kept in the database,
// because signatures are checked with it.
func makeKey(ctx context.Context, s *store.Store, account, user string) (store.Key, error) {
	if !accountForm.MatchString(account) {
		return store.Key{}, badAccount(account)
	}
	if !userForm.MatchString(user) {
		return store.Key{}, fmt.Errorf("the name of a user has 1 to 64 letters, digits and _+=,.@-, %q has others", user)
	}
	secret := make([]byte, 30)
	rand.Read(secret) // never fails
	k := store.Key{
		ID: "AKIA" + rand.Text()[:16], Secret: base64.StdEncoding.EncodeToString(secret), Account: account, User: user,
		Created: store.Now(),
	}
	return k, store.InsertKey(ctx, s.DB(), k)
}

// firstKey makes the key of a new data directory.
func firstKey(ctx context.Context, s *store.Store) error {
	keys, err := store.Keys(ctx, s.DB())
	if err != nil || len(keys) > 0 {
		return err
	}
	_, err = makeKey(ctx, s, firstAccount, "admin")
	return err
}

// openStore opens the database of a data directory that a server has made.
func openStore(ctx context.Context, d config.Data) (*store.Store, error) {
	if _, err := os.Stat(d.Database()); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no data in %s yet; start `ingot serve --data %s` first, or name the right folder with --data", d, d)
	} else if err != nil {
		if errors.Is(err, fs.ErrPermission) {
			return nil, fmt.Errorf("opening the data directory: %w (it is root's: run this with sudo)", err)
		}
		return nil, fmt.Errorf("opening the data directory: %w", err)
	}
	return store.OpenSQLite(ctx, d.Database())
}
