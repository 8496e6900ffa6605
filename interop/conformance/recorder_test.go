package conformance

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/sojourn-dev/sojourn/store"
)

// recorder is a store that notes the calls to it, and fails where it is told to.
type recorder struct {
	store.Store
	fail string
	ops  []op
}

var errStore = errors.New("the store has failed")

func (r *recorder) note(o op, call func() error) error {
	i := len(r.ops)
	r.ops = append(r.ops, o)
	if r.fail == o.Do || r.fail == "set" && (o.Do == "create" || o.Do == "save") {
		r.ops[i].Failed = true
		return errStore
	}
	return call()
}

func (r *recorder) Get(ctx context.Context, id string) (rec store.Record, err error) {
	err = r.note(op{Do: "get", ID: id}, func() error { rec, err = r.Store.Get(ctx, id); return err })
	return rec, err
}

func (r *recorder) Create(ctx context.Context, id, data string, expires time.Time) (v store.Version, err error) {
	o := op{Do: "create", ID: id, Data: data, Expires: expires.UnixMilli()}
	err = r.note(o, func() error { v, err = r.Store.Create(ctx, id, data, expires); return err })
	return v, err
}

func (r *recorder) Save(ctx context.Context, id, data string, expires time.Time, base store.Version) (v store.Version, err error) {
	o := op{Do: "save", ID: id, Data: data, Expires: expires.UnixMilli()}
	err = r.note(o, func() error { v, err = r.Store.Save(ctx, id, data, expires, base); return err })
	return v, err
}

func (r *recorder) Touch(ctx context.Context, id string, expires time.Time) error {
	return r.note(op{Do: "touch", ID: id, Expires: expires.UnixMilli()}, func() error { return r.Store.Touch(ctx, id, expires) })
}

func (r *recorder) Delete(ctx context.Context, id string, base store.Version) error {
	return r.note(op{Do: "delete", ID: id}, func() error { return r.Store.Delete(ctx, id, base) })
}

// meddle is what another request does to a record.
func (s *server) meddle(id, what string) {
	ctx := context.Background()
	r, err := s.records.Get(ctx, id)
	if err != nil {
		return
	}
	s.recorder.ops = append(s.recorder.ops, op{Do: what, ID: id})
	if what == "logout" {
		err = s.records.Delete(ctx, id, r.Version)
	} else {
		_, err = s.records.Save(ctx, id, othersData(r.Data), r.Expires, r.Version)
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

// othersData is what another request makes of a record.
func othersData(data string) string {
	if strings.HasSuffix(data, `,"other":1}`) {
		return strings.TrimSuffix(data, "}") + "1}"
	}
	return strings.TrimSuffix(data, "}") + `,"other":1}`
}

// live returns the records that have not expired.
func (s *server) live() []record {
	records := []record{}
	for r, err := range s.records.All(context.Background()) {
		if err != nil {
			s.t.Fatal(err)
		}
		records = append(records, record{r.ID, r.Data, r.Expires.UnixMilli()})
	}
	slices.SortFunc(records, func(a, b record) int { return strings.Compare(a.ID, b.ID) })
	return records
}

// put makes the records those of Express, which differ after a request that the
// two took differently.
func (s *server) put(records []record) {
	if slices.Equal(records, s.live()) {
		return
	}
	if len(s.live()) > 0 {
		_ = s.records.Clear(context.Background())
	}
	for _, r := range records {
		if _, err := s.records.Create(context.Background(), r.ID, r.Data, time.UnixMilli(r.Expires)); err != nil {
			s.t.Fatal(err)
		}
	}
}
