package mysql_test

import (
	"strings"
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
		"Modes": func(t *testing.T) store.Store {
			url := shared.Database(t)
			isolation := "transaction_isolation"
			if strings.Contains(scan[string](t, pool(t, url, nil), "SELECT VERSION()"), "MariaDB") {
				isolation = "tx_isolation"
			}
			db := pool(t, url, func(c *driver.Config) {
				c.ClientFoundRows, c.InterpolateParams, c.ParseTime = true, true, true
				c.Params = map[string]string{
					"sql_mode": "'ANSI_QUOTES,PIPES_AS_CONCAT,NO_BACKSLASH_ESCAPES'", isolation: "'SERIALIZABLE'",
				}
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
