package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/sojourn-dev/sojourn/auth"
	"github.com/sojourn-dev/sojourn/cmd/sojourn/internal/operate"
	"github.com/sojourn-dev/sojourn/store"
)

// shown is a session for programs: one line of JSON.
type shown struct {
	ID         string                     `json:"id"` // only its beginning
	User       string                     `json:"user,omitempty"`
	Username   string                     `json:"username,omitempty"`
	Created    *time.Time                 `json:"created,omitempty"`
	Expires    time.Time                  `json:"expires"`
	Bytes      int                        `json:"bytes"`
	Forward    bool                       `json:"forward,omitempty"`
	Unreadable bool                       `json:"unreadable,omitempty"`
	Values     map[string]json.RawMessage `json:"values,omitempty"`
}

func (o *operator) printJSON(v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(o.stdout, "%s\n", text)
	return err
}

func (o *operator) show1(s operate.Session) shown {
	v := shown{
		ID: s.Short(), User: s.User, Username: s.Username, Expires: s.Expires.UTC().Truncate(time.Second),
		Bytes: s.Size, Forward: s.Forward, Unreadable: s.Unreadable,
	}
	if !s.Created.IsZero() {
		created := s.Created.UTC().Truncate(time.Second)
		v.Created = &created
	}
	if o.values {
		v.Values = s.Values
	}
	return v
}

const row = "%-10s %-24s %-17s %-12s %8s\n"

// list is "sessions list".
func (o *operator) list(ctx context.Context) error {
	if err := o.noArgs(); err != nil {
		return err
	}
	s, err := o.openStore(ctx)
	if err != nil {
		return err
	}
	if !o.json {
		if _, err := fmt.Fprintf(o.stdout, row, "ID", "USER", "CREATED", "ENDS IN", "BYTES"); err != nil {
			return err
		}
	}
	for one, err := range operate.Walk(ctx, s) {
		if err != nil {
			return err
		}
		if o.user != "" && !one.Is(o.user, auth.Fold) {
			continue
		}
		if err := o.printOne(one); err != nil {
			return err
		}
	}
	return nil
}

func (o *operator) printOne(s operate.Session) error {
	if o.json {
		return o.printJSON(o.show1(s))
	}
	created := "-"
	if !s.Created.IsZero() {
		created = s.Created.Local().Format("2006-01-02 15:04")
	}
	_, err := fmt.Fprintf(o.stdout, row, s.Short(), cut(whose(s), 24), created, left(s.Expires), fmt.Sprint(s.Size))
	if err != nil || !o.values {
		return err
	}
	return o.printValues(s)
}

func (o *operator) printValues(s operate.Session) error {
	for _, name := range slices.Sorted(maps.Keys(s.Values)) {
		if _, err := fmt.Fprintf(o.stdout, "    %s: %s\n", printable(name), printable(string(s.Values[name]))); err != nil {
			return err
		}
	}
	return nil
}

// whose returns the name of a session's user, as far as it has one.
func whose(s operate.Session) string {
	switch {
	case s.Unreadable:
		return "(unreadable)"
	case s.Forward:
		return "(renewed)"
	case s.Username != "":
		return printable(s.Username)
	case s.User != "":
		return printable(s.User)
	}
	return "-"
}

// cut returns at most n characters of s.
func cut(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n-1]) + "…"
}

// left returns how long it is until t.
func left(t time.Time) string {
	switch d := time.Until(t); {
	case d < time.Minute:
		return d.Truncate(time.Second).String()
	case d < 48*time.Hour:
		return fmt.Sprintf("%dh%02dm", int(d.Hours()), int(d.Minutes())%60)
	default:
		return fmt.Sprintf("%dd", int(d.Hours()/24))
	}
}

// show is "sessions show ID".
func (o *operator) show(ctx context.Context) error {
	if len(o.args) != 1 {
		return usageError{errors.New("sessions show: which one? Give the beginning of its id, as list shows it")}
	}
	s, err := o.openStore(ctx)
	if err != nil {
		return err
	}
	one, err := operate.Find(ctx, s, o.args[0])
	if errors.Is(err, store.ErrNotFound) {
		return errors.New("there is no such session")
	}
	if err != nil {
		return err
	}
	if o.json {
		return o.printJSON(o.show1(one))
	}
	created := "not known"
	if !one.Created.IsZero() {
		created = one.Created.Local().Format(time.RFC1123)
	}
	for _, line := range [][2]string{
		{"id", one.Short() + "…"}, {"user", whose(one)}, {"user id", printable(one.User)}, {"created", created},
		{"expires", one.Expires.Local().Format(time.RFC1123) + ", in " + left(one.Expires)},
		{"bytes", fmt.Sprint(one.Size)}, {"values", fmt.Sprint(len(one.Values))},
	} {
		if _, err := fmt.Fprintf(o.stdout, "%-9s%s\n", line[0], line[1]); err != nil {
			return err
		}
	}
	if o.values {
		return o.printValues(one)
	}
	return nil
}

// count is "sessions count".
func (o *operator) count(ctx context.Context) error {
	if err := o.noArgs(); err != nil {
		return err
	}
	s, err := o.openStore(ctx)
	if err != nil {
		return err
	}
	n := 0
	if o.user == "" {
		n, err = operate.Count(ctx, s)
	} else {
		n, err = operate.CountWhere(ctx, s, func(one operate.Session) bool { return one.Is(o.user, auth.Fold) })
	}
	if err != nil {
		return err
	}
	if o.json {
		return o.printJSON(map[string]int{"sessions": n})
	}
	_, err = fmt.Fprintln(o.stdout, n)
	return err
}
