package mysql_test

import (
	"testing"

	driver "github.com/go-sql-driver/mysql"

	"github.com/sojourn-dev/sojourn/store"
	"github.com/sojourn-dev/sojourn/store/sqlstore/mysql"
	"github.com/sojourn-dev/sojourn/store/storetest"
)

// Ensure that the store keeps the contract, alone and under sessions, in all ways to
// use it.
func TestStoreContract(t *testing.T) {
	t.Parallel()
	stores := map[string]func(t *testing.T) store.Store{
		"URL": func(t *testing.T) store.Store { return open(t) },
		"Names": func(t *testing.T) store.Store {
			return openAt(t, shared.Database(t), mysql.Options{
				Table: "Web ?`sessions\"", IDColumn: "$id", ExpiresColumn: "$data", DataColumn: "select",
			})
		},
		// The driver's defaults: prepared statements, and only changed rows count.
		"DB": func(t *testing.T) store.Store {
			s, err := mysql.New(pool(t, shared.Database(t), nil), mysql.Options{CreateTables: true})
			if err != nil {
				t.Fatal(err)
			}
			return s
		},
		"FoundRows": func(t *testing.T) store.Store {
			db := pool(t, shared.Database(t), func(c *driver.Config) {
				c.ClientFoundRows, c.ParseTime, c.Params = true, true, map[string]string{
					"sql_mode": "'ANSI_QUOTES,PIPES_AS_CONCAT,NO_BACKSLASH_ESCAPES'", "tx_isolation": "'SERIALIZABLE'"}
				c.InterpolateParams = true
			})
			s, err := mysql.New(db, mysql.Options{CreateTables: true})
			if err != nil {
				t.Fatal(err)
			}
			return s
		},
	}
	for name, newStore := range stores {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			storetest.Run(t, newStore)
		})
	}
}
