package conformance

import (
	"context"
	"errors"
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
