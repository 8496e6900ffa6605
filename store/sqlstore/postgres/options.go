package postgres

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"
)

// The names of connect-pg-simple 10.0.0, which are used unless [Options] says
// otherwise.
const (
	// DefaultTable is the table that keeps the sessions.
	DefaultTable = "session"
	// DefaultIDColumn is the column that keeps ids.
	DefaultIDColumn = "sid"
	// DefaultDataColumn is the column that keeps what is in a session.
	DefaultDataColumn = "sess"
	// DefaultExpireColumn is the column that keeps when a session expires.
	DefaultExpireColumn = "expire"
)

// Options are the settings of [Open] and [New]. The zero value is that of
// connect-pg-simple: its table, in the first schema of the search path that has
// it, and not created.
//
// Names are taken as they are, in upper or lower case and with whatever they
// contain; none needs quotes.
type Options struct {
	// CreateTables has the tables created that are not there. The role needs
	// the privilege CREATE on the schema then, but only until they are.
	CreateTables bool

	// Schema is the schema of the tables. "" leaves it to the search path of
	// the connections.
	Schema string

	// Table is the name of the table, of at most 52 bytes. "" means
	// [DefaultTable]. The names of the tables that serve the index of users
	// begin with it.
	Table string

	// IDColumn is the column of ids, which has a unique index. "" means
	// [DefaultIDColumn].
	IDColumn string

	// DataColumn is the column of the data, of type json. "" means
	// [DefaultDataColumn].
	DataColumn string

	// ExpireColumn is the column of the expiry, of type timestamp without time
	// zone. "" means [DefaultExpireColumn].
	ExpireColumn string

	// TimeZone is the zone whose wall clock the column of the expiry shows, such
	// as "UTC" or "Europe/Paris". "" means the setting TimeZone of the
	// connection that reads or writes, as with connect-pg-simple: then it must
	// be the same for all that use the table. A zone whose clock is put back
	// once a year keeps the expiries of that hour up to an hour wrong.
	TimeZone string

	// SweepBatch is the most expired records, or hints of the index of users,
	// that one write deletes. 0 means 64. A negative number turns the sweep
	// off; expired records then stay until somebody else deletes them, as
	// connect-pg-simple does, but no method returns them.
	SweepBatch int

	// SweepInterval is the mean pause after a sweep that found no more than it
	// could delete at once. Pauses vary by half of it, so that nodes that
	// start together do not sweep together. 0 means a minute.
	SweepInterval time.Duration
}

const (
	defaultSweepBatch    = 64
	defaultSweepInterval = time.Minute

	// PostgreSQL cuts longer names off.
	maxName = 63
	// The longest addition to the name of the table is "_not_before".
	maxTable = maxName - len("_not_before")
)

// zoneName is what the name of a zone may consist of.
var zoneName = regexp.MustCompile(`^[A-Za-z0-9_+:/-]+$`)

// complete fills in the defaults and says what is wrong.
func (o *Options) complete() error {
	for _, name := range []struct {
		field, def string
		value      *string
		max        int
	}{
		{"Schema", "", &o.Schema, maxName},
		{"Table", DefaultTable, &o.Table, maxTable},
		{"IDColumn", DefaultIDColumn, &o.IDColumn, maxName},
		{"DataColumn", DefaultDataColumn, &o.DataColumn, maxName},
		{"ExpireColumn", DefaultExpireColumn, &o.ExpireColumn, maxName},
	} {
		if *name.value == "" {
			*name.value = name.def
		}
		switch v := *name.value; {
		case len(v) > name.max:
			return fmt.Errorf("the length of Options.%s is %d bytes, more than %d", name.field, len(v), name.max)
		case strings.ContainsRune(v, 0) || !utf8.ValidString(v):
			return fmt.Errorf("the name in Options.%s is not UTF-8 without zero bytes", name.field)
		}
	}
	if o.IDColumn == o.DataColumn || o.IDColumn == o.ExpireColumn || o.DataColumn == o.ExpireColumn {
		return errors.New("two columns of Options have the same name")
	}
	if o.TimeZone != "" && !zoneName.MatchString(o.TimeZone) {
		return errors.New("the value of Options.TimeZone is not the name of a zone")
	}
	if o.SweepInterval < 0 {
		return errors.New("the value of Options.SweepInterval is negative")
	}
	if o.SweepBatch == 0 {
		o.SweepBatch = defaultSweepBatch
	}
	if o.SweepInterval == 0 {
		o.SweepInterval = defaultSweepInterval
	}
	return nil
}
