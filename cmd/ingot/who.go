package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"ingot/internal/access"
	"ingot/internal/store"
)

func newImageWho() *cobra.Command {
	c := &cobra.Command{
		Use: "who AMI", Short: "say who may use a machine image, and why", Args: cobra.ExactArgs(1),
		Long: `Lists the owner of a machine image and all that it is shared with; of organizations and
organizational units also the accounts that are in them now. With --account it says
whether that account may use the image, and ends with status 1 if not.`,
		Example: "  ingot image who ami-0123456789abcdef0 --account 111122223333",
	}
	account := c.Flags().String("account", "", "account to answer for")
	asJSON := c.Flags().Bool("json", false, "print it as JSON")
	c.RunE = func(c *cobra.Command, args []string) error {
		if *account != "" && !accountForm.MatchString(*account) {
			return fmt.Errorf("an account has 12 digits, %q has not", *account)
		}
		s, err := openStore(c.Context(), dataOf(c))
		if err != nil {
			return err
		}
		defer s.Close()
		a, err := access.ForOperator(c.Context(), s.DB(), args[0])
		if err != nil {
			return unknownAMI(args[0], err)
		}
		if *account != "" {
			return sayWhy(c, s, a, *account, *asJSON)
		}
		all, err := access.Who(c.Context(), s.DB(), a)
		if err != nil {
			return err
		}
		if *asJSON {
			return json.NewEncoder(c.OutOrStdout()).Encode(all)
		}
		return printHolders(c.OutOrStdout(), all)
	}
	return c
}

// unknownAMI returns the sentence for an id that no machine image has.
func unknownAMI(id string, err error) error {
	if errors.Is(err, access.ErrHidden) {
		return fmt.Errorf("there is no machine image %s; `ingot image list` shows all", id)
	}
	return err
}

// whyWords explain the reasons in a list.
var whyWords = map[access.Reason]string{
	access.Owner: "owns it", access.Managed: "managed by Ingot: every account may use it", access.Public: "public: every account may use it",
	access.Account: "shared with this account", access.Unit: "shared with this organizational unit", access.Organization: "shared with this organization",
}

func printHolders(w io.Writer, all []access.Holder) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "WHO\tWHY\tACCOUNTS IN IT")
	for _, h := range all {
		fmt.Fprintf(t, "%s\t%s\t%s\n", h.Name, whyWords[h.Reason], strings.Join(h.Accounts, " "))
	}
	return t.Flush()
}

// accountAnswer is the answer about one account.
type accountAnswer struct {
	Account string `json:"account"`
	May     bool   `json:"may"`
	access.Grant
}

func sayWhy(c *cobra.Command, s *store.Store, a store.AMI, account string, asJSON bool) error {
	_, grant, err := access.May(c.Context(), s.DB(), access.Launch, account, a.Region, a.ID)
	if err != nil && !errors.Is(err, access.ErrHidden) {
		return err
	}
	out, may := c.OutOrStdout(), err == nil
	switch {
	case asJSON:
		err = json.NewEncoder(out).Encode(accountAnswer{account, may, grant})
	case may:
		_, err = fmt.Fprintf(out, "account %s %s\n", account, grant)
	default:
		_, err = fmt.Fprintf(out, "account %s may not use it: it neither owns %s nor is it shared with it\n", account, a.ID)
	}
	if err == nil && !may {
		return status(exitFailed)
	}
	return err
}
