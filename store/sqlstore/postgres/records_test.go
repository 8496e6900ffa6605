package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sojourn-dev/sojourn/store"
	"github.com/sojourn-dev/sojourn/store/sqlstore/postgres"
	"github.com/sojourn-dev/sojourn/store/sqlstore/postgres/pgtest"
)

// What connect-pg-simple 10.0.0 sends: its table.sql, and its set, get and touch.
const (
	nodeTable = `CREATE TABLE "session" ("sid" varchar NOT NULL COLLATE "default", "sess" json NOT NULL, "expire" timestamp(6) NOT NULL) WITH (OIDS=FALSE);
		ALTER TABLE "session" ADD CONSTRAINT "session_pkey" PRIMARY KEY ("sid") NOT DEFERRABLE INITIALLY IMMEDIATE;
		CREATE INDEX "IDX_session_expire" ON "session" ("expire")`
	nodeSet = `INSERT INTO "session" (sess, expire, sid) SELECT $1, to_timestamp($2), $3
		ON CONFLICT (sid) DO UPDATE SET sess=$1, expire=to_timestamp($2) RETURNING sid`
	nodeGet   = `SELECT sess::text FROM "session" WHERE sid = $1 AND expire >= to_timestamp($2)`
	nodeTouch = `UPDATE "session" SET expire = to_timestamp($1) WHERE sid = $2 RETURNING sid`

	nodeData = `{"cookie":{"originalMaxAge":3600000,"expires":"2020-01-01T00:00:00.000Z","httpOnly":true,"path":"/"},"s":"<\ud800\u0000é>","n":1.0}`
)

func createNodeTable(t testing.TB, url string) {
	t.Helper()
	for statement := range strings.SplitSeq(nodeTable, ";") {
		pgtest.Exec(t, url, statement)
	}
}

// zones are settings of databases, on both sides of UTC.
var zones = []string{"UTC", "America/New_York", "Asia/Kolkata", "Pacific/Kiritimati"}

// Ensure that a record of connect-pg-simple is read, saved and touched here, and
// one of ours there, whatever the zone of the database.
func TestRecordsOfExpress(t *testing.T) {
	t.Parallel()
	for _, zone := range zones {
		t.Run(zone, func(t *testing.T) {
			t.Parallel()
			url := shared.Database(t)
			name := url[strings.LastIndexByte(url, '/')+1 : strings.IndexByte(url, '?')]
			pgtest.Exec(t, url, "ALTER DATABASE "+name+" SET timezone TO '"+zone+"'")
			createNodeTable(t, url)
			s := openAt(t, url, postgres.Options{})

			expires := time.Now().Add(time.Hour).Truncate(time.Second)
			pgtest.Exec(t, url, nodeSet, nodeData, expires.Unix(), "node")
			r, err := s.Get(t.Context(), "node")
			if err != nil || r.Data != nodeData || !r.Expires.Equal(expires) {
				t.Fatalf("%+v, %v, want it to expire at %v", r, err, expires)
			}
			later := expires.Add(time.Hour)
			if err := s.Touch(t.Context(), "node", later); err != nil {
				t.Fatal(err)
			}
			if _, err := s.Create(t.Context(), "ours", nodeData, later); err != nil {
				t.Fatal(err)
			}
			pgtest.Exec(t, url, nodeSet, nodeData, later.Unix(), "by node")
			if n := pgtest.Value[int](t, url, `SELECT count(DISTINCT (sess::text, expire)) FROM "session"`); n != 1 {
				t.Errorf("there are %d kinds of records, want 1", n)
			}
			if got := pgtest.Value[string](t, url, nodeGet, "ours", later.Unix()); got != nodeData {
				t.Errorf("Node gets %s", got)
			}
			pgtest.Exec(t, url, nodeTouch, expires.Unix(), "ours")
			if r, err := s.Get(t.Context(), "ours"); err != nil || !r.Expires.Equal(expires) {
				t.Errorf("touched by Node: %+v, %v", r, err)
			}
			changed := strings.Replace(nodeData, "1.0", "2", 1)
			if _, err := s.Save(t.Context(), "node", changed, later, r.Version); err != nil {
				t.Fatal(err)
			}
			if got := pgtest.Value[string](t, url, nodeGet, "node", later.Unix()); got != changed {
				t.Errorf("Node gets %s", got)
			}
			pgtest.Exec(t, url, nodeSet, nodeData, time.Now().Unix()-1, "over")
			if _, err := s.Get(t.Context(), "over"); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("expired: %v", err)
			}
		})
	}
}

// Ensure that the table that is created is that of connect-pg-simple.
func TestTable(t *testing.T) {
	t.Parallel()
	describe := func(url string) string {
		return pgtest.Value[string](t, url, `SELECT string_agg(d, E'\n' ORDER BY d) FROM (
			SELECT concat_ws(' ', column_name, data_type, datetime_precision, is_nullable, column_default, collation_name) AS d
				FROM information_schema.columns WHERE table_name = 'session'
			UNION ALL SELECT indexdef FROM pg_indexes WHERE tablename = 'session'
			UNION ALL SELECT conname::text || pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'session'::regclass
			UNION ALL SELECT relkind::text || coalesce(reloptions::text, '') FROM pg_class WHERE relname = 'session') AS x`)
	}
	node := shared.Database(t)
	createNodeTable(t, node)
	_, ours := open(t)
	if got, want := describe(ours), describe(node); got != want {
		t.Errorf("created\n%s\nwant\n%s", got, want)
	}
	// What is there is left alone, and what is missing added.
	openAt(t, node, postgres.Options{CreateTables: true})
	if !pgtest.Value[bool](t, node, "SELECT to_regclass('session_users') IS NOT NULL") {
		t.Error("there is no table of users beside Node's")
	}
}

// Ensure that many may create the tables at once, and that who may not create
// anything may use them when they are there.
func TestCreateTables(t *testing.T) {
	t.Parallel()
	url := shared.Database(t)
	results := make(chan error, 8)
	for range cap(results) {
		go func() {
			s, err := postgres.Open(context.Background(), url, postgres.Options{CreateTables: true})
			if err == nil {
				err = s.Close()
			}
			results <- err
		}()
	}
	for range cap(results) {
		if err := <-results; err != nil {
			t.Error(err)
		}
	}
	pgtest.Exec(t, url, "CREATE ROLE guest LOGIN PASSWORD 'guest'")
	pgtest.Exec(t, url, "REVOKE CREATE ON SCHEMA public FROM PUBLIC")
	pgtest.Exec(t, url, "GRANT SELECT, INSERT, UPDATE, DELETE ON session, session_users, session_not_before TO guest")
	_, host, _ := strings.Cut(url, "@")
	s := openAt(t, "postgres://guest:guest@"+host, postgres.Options{CreateTables: true})
	if _, err := s.Create(t.Context(), "id", "{}", hourFromNow()); err != nil {
		t.Error(err)
	}
}

// Ensure that with Options.TimeZone the zones of connections do not matter, not
// even in the hour that the clock of a zone has twice.
func TestTimeZone(t *testing.T) {
	t.Parallel()
	url := shared.Database(t)
	var stores []*postgres.Store
	for _, zone := range zones {
		stores = append(stores, openAt(t, url+"&timezone="+zone, postgres.Options{CreateTables: true, TimeZone: "UTC"}))
	}
	twice := time.Date(2040, 11, 4, 5, 30, 0, 0, time.UTC) // 1:30 in New York, as an hour later
	for i, s := range stores {
		for j, expires := range []time.Time{twice, twice.Add(time.Hour), hourFromNow().Truncate(time.Millisecond)} {
			id := fmt.Sprintf("id%d%d", i, j)
			if _, err := s.Create(t.Context(), id, "{}", expires); err != nil {
				t.Fatal(err)
			}
			for k, other := range stores {
				if r, err := other.Get(t.Context(), id); err != nil || !r.Expires.Equal(expires) {
					t.Errorf("written in %s, read in %s: %v, %v, want %v", zones[i], zones[k], r.Expires, err, expires)
				}
			}
		}
	}
	if n := pgtest.Value[int](t, url, "SELECT count(DISTINCT expire) FROM session WHERE expire > '2040-01-01'"); n != 2 {
		t.Errorf("%d different expiries, want 2", n)
	}
}

// Ensure that expiries at the ends of time are kept as far as a table can.
func TestFarExpiry(t *testing.T) {
	t.Parallel()
	s, url := open(t)
	for id, expires := range map[string]time.Time{
		"later": time.Date(2400, 1, 2, 3, 4, 5, 678e6, time.UTC),
		"never": time.Date(300000, 1, 1, 0, 0, 0, 0, time.UTC),
		"zero":  {},
	} {
		if _, err := s.Create(t.Context(), id, "{}", expires); err != nil {
			t.Errorf("%s: %v", id, err)
		}
	}
	pgtest.Exec(t, url, "INSERT INTO session VALUES ('infinite', '{}', 'infinity'), ('ended', '{}', '-infinity')")
	last := time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)
	for id, want := range map[string]time.Time{
		"later": time.Date(2400, 1, 2, 3, 4, 5, 678e6, time.UTC), "never": last, "infinite": last, "zero": {}, "ended": {},
	} {
		r, err := s.Get(t.Context(), id)
		if want.IsZero() != errors.Is(err, store.ErrNotFound) || (err == nil && !r.Expires.Equal(want)) {
			t.Errorf("%s: %v, %v, want %v", id, r.Expires, err, want)
		}
	}
	if err := s.Touch(t.Context(), "infinite", last); err != nil {
		t.Error(err)
	}
}

// Ensure that what no column can hold is refused in a way that tells nothing of
// it, and changes nothing.
func TestImpossibleData(t *testing.T) {
	t.Parallel()
	s, _ := open(t)
	base, err := s.Create(t.Context(), "secretid", `{"a":1}`, hourFromNow())
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string]string{
		"empty": "", "no JSON": `{"secret":secret}`, "half": `{"secret":"`, "zero byte": "{\"secret\":\"\x00\"}",
		"no UTF-8": "{\"secret\":\"\xff\"}", "surrogate": "{\"secret\":\"\xed\xa0\x80\"}",
	} {
		_, createErr := s.Create(t.Context(), "other-secretid", data, hourFromNow())
		_, saveErr := s.Save(t.Context(), "secretid", data, hourFromNow(), base)
		for _, err := range []error{createErr, saveErr} {
			if err == nil || errors.Is(err, store.ErrConflict) || errors.Is(err, store.ErrNotFound) || strings.Contains(fmt.Sprintf("%v %+v", err, err), "secret") {
				t.Errorf("%s: %v", name, err)
			}
		}
		// A version that nothing can have.
		if _, err := s.Save(t.Context(), "secretid", `{}`, hourFromNow(), store.Version(data)); !errors.Is(err, store.ErrConflict) {
			t.Errorf("save on %s: %v", name, err)
		}
		if data == "" {
			continue // which deletes any version
		}
		if err := s.Delete(t.Context(), "secretid", store.Version(data)); !errors.Is(err, store.ErrConflict) {
			t.Errorf("delete of %s: %v", name, err)
		}
	}
	if r, err := s.Get(t.Context(), "secretid"); err != nil || r.Data != `{"a":1}` {
		t.Errorf("afterwards: %+v, %v", r, err)
	}
}

// Ensure that whatever a trigger or a constraint says about values, an error does
// not repeat it.
func TestDiscreetErrors(t *testing.T) {
	t.Parallel()
	s, url := open(t)
	if _, err := s.Create(t.Context(), "secretid", `{"a":"secretdata"}`, hourFromNow()); err != nil {
		t.Fatal(err)
	}
	for _, statement := range []string{
		`ALTER TABLE session ADD CHECK (sess::text <> '{"a":"secretdata","b":1}')`,
		"CREATE UNIQUE INDEX ON session ((sess::text))",
		"CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''% %'', NEW.sid, NEW.sess; END'",
		"CREATE TRIGGER t BEFORE INSERT ON session FOR EACH ROW EXECUTE FUNCTION f()",
	} {
		pgtest.Exec(t, url, statement)
	}
	_, create := s.Create(t.Context(), "secretid2", `{"a":"secretdata"}`, hourFromNow())
	_, save := s.Save(t.Context(), "secretid", `{"a":"secretdata","b":1}`, hourFromNow(), `{"a":"secretdata"}`)
	pgtest.Exec(t, url, "DROP TRIGGER t ON session")
	_, unique := s.Create(t.Context(), "secretid2", `{"a":"secretdata"}`, hourFromNow())
	for name, err := range map[string]error{"trigger": create, "check": save, "unique": unique} {
		if err == nil || strings.Contains(fmt.Sprintf("%+v", err), "secret") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
