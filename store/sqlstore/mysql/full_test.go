package mysql_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sojourn-dev/sojourn/store"
	"github.com/sojourn-dev/sojourn/store/sqlstore/mysql"
	"github.com/sojourn-dev/sojourn/store/sqlstore/mysql/mysqltest"
)

// Ensure that when there is no room left what cannot be stored is an error, that
// nothing is lost which had been stored, and that all is well once there is room
// again. A limited tablespace stands in for a disk.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	server := mysqltest.Start(t, "--innodb-data-file-path=ibdata1:12M:autoextend:max:24M", "--innodb-autoextend-increment=1")
	url := server.Database(t)
	s := openAt(t, url, mysql.Options{SweepBatch: -1})
	base := created(t, s, "id")

	data := func(i int) string { return fmt.Sprintf(`{"n":%d,"s":"%s"}`, i, strings.Repeat("x", 60_000)) }
	versions := map[string]store.Version{}
	full := false
	for i := 0; i < 1000 && !full; i++ {
		id := fmt.Sprintf("s3cr3t%d", i)
		v, err := s.Create(within(t, patience), id, data(i), hourFromNow())
		if full = err != nil; full {
			wantUnavailable(t, "create", err)
			if strings.Contains(err.Error(), "s3cr3t") || strings.Contains(err.Error(), "xxx") {
				t.Errorf("the error says too much: %v", err)
			}
		} else {
			versions[id] = v
		}
	}
	if !full {
		t.Fatal("there is room for all")
	}
	if _, err := s.Save(within(t, patience), "id", data(1)+data(2), hourFromNow(), base); err == nil {
		t.Error("a save for which there is no room has succeeded")
	} else {
		wantUnavailable(t, "save", err)
	}
	if r, err := s.Get(within(t, patience), "id"); err != nil || r.Version != base {
		t.Errorf("what was there: %q, %v", r.Data, err)
	}
	for id, v := range versions {
		if r, err := s.Get(within(t, patience), id); err != nil || r.Version != v {
			t.Fatalf("what was stored before: %v", err)
		}
	}

	if err := s.Delete(within(t, patience), "id", base); err == nil {
		t.Error("a delete for which there is no room has succeeded") // it would have to be noted for a rollback
	} else {
		wantUnavailable(t, "delete", err)
	}

	server.Restart(t, "--innodb-data-file-path=ibdata1:12M:autoextend")
	wantBack(t, s, base)
	if _, err := s.Create(within(t, patience), "late", data(1), hourFromNow()); err != nil {
		t.Errorf("once there is room: %v", err)
	}
	if _, err := s.Save(within(t, patience), "id", data(2), hourFromNow(), base); err != nil {
		t.Errorf("once there is room: %v", err)
	}
}
