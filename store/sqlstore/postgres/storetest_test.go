package postgres_test

import (
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/sojourn-dev/sojourn/store"
	"github.com/sojourn-dev/sojourn/store/sqlstore/postgres"
	"github.com/sojourn-dev/sojourn/store/sqlstore/postgres/pgtest"
	"github.com/sojourn-dev/sojourn/store/storetest"
)

// Ensure that the store keeps the contract, alone and under sessions.
func TestStoreContract(t *testing.T) {
	t.Parallel()
	d := tables{url: shared.Database(t)}
	storetest.Run(t, func(t *testing.T) store.Store { return d.open(t, postgres.Options{}) })
}

// Ensure that it does with names that need quotes, in a zone far from UTC, in a
// database that sorts as people do, and without prepared statements, as with a
// pooler in between.
func TestStoreContractElsewhere(t *testing.T) {
	t.Parallel()
	url := shared.Database(t, "TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en-US'")
	pgtest.Exec(t, url, `CREATE SCHEMA "My ""own"" Schema"`)
	d := tables{url: url + "&timezone=Asia/Kolkata&default_query_exec_mode=exec"}
	storetest.Run(t, func(t *testing.T) store.Store {
		return d.open(t, postgres.Options{
			Schema: `My "own" Schema`, Table: `The $table's "sessions" \`,
			IDColumn: "Id", DataColumn: "user", ExpireColumn: "$expire \"at\"",
		})
	})
}

// Ensure that it does in a table that is partitioned by the hash of the id.
func TestStoreContractPartitioned(t *testing.T) {
	t.Parallel()
	url := shared.Database(t)
	var next atomic.Int32
	storetest.RunWith(t, storetest.Options{Records: 1000}, func(t *testing.T) store.Store {
		table := fmt.Sprintf("parted%d", next.Add(1))
		pgtest.Exec(t, url, "CREATE TABLE "+table+" (sid varchar PRIMARY KEY, sess json NOT NULL, expire timestamp(6) NOT NULL) PARTITION BY HASH (sid)")
		for i := range 4 {
			pgtest.Exec(t, url, fmt.Sprintf("CREATE TABLE %s_%d PARTITION OF %s FOR VALUES WITH (MODULUS 4, REMAINDER %d)", table, i, table, i))
		}
		return openAt(t, url, postgres.Options{Table: table, CreateTables: true})
	})
}

// Ensure that the wrappers keep the contract in a database, together.
func TestWrappedContract(t *testing.T) {
	t.Parallel()
	d := tables{url: shared.Database(t)}
	storetest.Run(t, func(t *testing.T) store.Store {
		return store.HashIDs(encrypted(t, d.open(t, postgres.Options{})))
	})
}
