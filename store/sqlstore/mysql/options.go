package mysql

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// The names of express-mysql-session 3.0.3, which are used unless [Options] says
// otherwise.
const (
	// DefaultTable is the table that keeps the sessions.
	DefaultTable = "sessions"
	// DefaultIDColumn is the column that keeps ids.
	DefaultIDColumn = "session_id"
	// DefaultExpiresColumn is the column that keeps when a session expires.
	DefaultExpiresColumn = "expires"
	// DefaultDataColumn is the column that keeps what is in a session.
	DefaultDataColumn = "data"
)

// Options are the settings of [Open], [Connect] and [New]. The zero value is the
// table of express-mysql-session, which has to be there.
//
// Names are taken as they are, with whatever they contain; none needs quotes.
type Options struct {
	// CreateTables has the tables created that are not there. The user needs
	// the privilege CREATE then, but only until they are.
	CreateTables bool

	// Table is the name of the table, of at most 53 characters. "" means
	// [DefaultTable]. The names of the tables that serve the index of users
	// begin with it.
	Table string

	// IDColumn is the column of ids, which is the primary key or has a unique
	// index. "" means [DefaultIDColumn].
	IDColumn string

	// ExpiresColumn is the column of the expiry, in seconds since 1970. ""
	// means [DefaultExpiresColumn].
	ExpiresColumn string

	// DataColumn is the column of the data. "" means [DefaultDataColumn].
	DataColumn string

	// SweepBatch is the most rows that one write looks through for expired
	// records, and the most hints of the index of users that one write
	// deletes. 0 means 256. A negative number turns the sweep off; expired
	// records then stay until somebody else deletes them, as
	// express-mysql-session does, but no method returns them.
	SweepBatch int

	// SweepInterval is the mean pause between one walk through the table and
	// the next. Pauses vary by half of it, so that nodes which start together
	// do not sweep together. 0 means 15 minutes, as in express-mysql-session.
	SweepInterval time.Duration
}

const (
	defaultSweepBatch    = 256
	defaultSweepInterval = 15 * time.Minute

	// maxName is the longest identifier, in characters.
	maxName = 64
	// The longest addition to the name of the table is "_not_before".
	maxTable = maxName - len("_not_before")
)

// complete fills in the defaults and says what is wrong.
func (o *Options) complete() error {
	for _, name := range []struct {
		field, def string
		value      *string
		max        int
	}{
		{"Table", DefaultTable, &o.Table, maxTable},
		{"IDColumn", DefaultIDColumn, &o.IDColumn, maxName},
		{"ExpiresColumn", DefaultExpiresColumn, &o.ExpiresColumn, maxName},
		{"DataColumn", DefaultDataColumn, &o.DataColumn, maxName},
	} {
		if *name.value == "" {
			*name.value = name.def
		}
		if err := checkName(*name.value, name.max); err != nil {
			return fmt.Errorf("%s %w", "Options."+name.field, err)
		}
	}
	if same(o.IDColumn, o.DataColumn) || same(o.IDColumn, o.ExpiresColumn) || same(o.DataColumn, o.ExpiresColumn) {
		return errors.New("two columns of Options have the same name")
	}
	if o.SweepInterval < 0 {
		return errors.New("Options.SweepInterval is negative")
	}
	if o.SweepBatch == 0 {
		o.SweepBatch = defaultSweepBatch
	}
	if o.SweepInterval == 0 {
		o.SweepInterval = defaultSweepInterval
	}
	return nil
}

// same compares names of columns as the server does.
func same(a, b string) bool { return strings.EqualFold(a, b) }

// checkName reports what the server would not take as an identifier, or would take
// as another one.
func checkName(name string, maxLength int) error {
	if !utf8.ValidString(name) {
		return errors.New("is not UTF-8")
	}
	if n := utf8.RuneCountInString(name); n > maxLength {
		return fmt.Errorf("has %d characters, more than %d", n, maxLength)
	}
	for _, r := range name {
		if r == 0 || r > 0xffff {
			return errors.New("has a character that no name may have")
		}
	}
	if strings.HasSuffix(name, " ") {
		return errors.New("ends with a space")
	}
	return nil
}
