package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/sojourn-dev/sojourn/auth"
	"github.com/sojourn-dev/sojourn/cmd/sojourn/internal/operate"
	"github.com/sojourn-dev/sojourn/store"
)

// revoke is "sessions revoke".
func (o *operator) revoke(ctx context.Context) error {
	ways := 0
	for _, asked := range []bool{len(o.args) > 0, o.user != "", o.all, o.olderThan != 0} {
		if asked {
			ways++
		}
	}
	switch {
	case ways != 1:
		return usageError{errors.New("sessions revoke: give ids, or one of --user, --all and --older-than")}
	case o.olderThan < 0:
		return usageError{errors.New("--older-than is negative")}
	}
	s, err := o.openStore(ctx)
	if err != nil {
		return err
	}
	var ended int
	switch {
	case len(o.args) > 0:
		ended, err = o.revokeIDs(ctx, s)
	case o.user != "":
		ended, err = o.revokeUser(ctx, s)
	case o.all:
		ended, err = o.revokeWhere(ctx, s, func(operate.Session) bool { return true })
	default:
		limit := time.Now().Add(-o.olderThan)
		ended, err = o.revokeWhere(ctx, s, func(one operate.Session) bool {
			return !one.Created.IsZero() && one.Created.Before(limit)
		})
	}
	if printErr := o.printEnded(ended); err == nil {
		err = printErr
	}
	return err
}

func (o *operator) printEnded(n int) error {
	if o.json {
		return o.printJSON(map[string]int{"revoked": n})
	}
	_, err := fmt.Fprintf(o.stdout, "%d revoked\n", n)
	return err
}

// revokeIDs ends the sessions whose ids begin as the arguments say, or none if
// one of them is not to be found.
func (o *operator) revokeIDs(ctx context.Context, s store.Store) (ended int, err error) {
	found := make([]operate.Session, len(o.args))
	for i, prefix := range o.args {
		found[i], err = operate.Find(ctx, s, prefix)
		if errors.Is(err, store.ErrNotFound) {
			err = errors.New("there is no such session")
		}
		if err != nil {
			return 0, fmt.Errorf("session %d of %d: %w", i+1, len(o.args), err)
		}
	}
	for _, one := range found {
		if err := operate.Revoke(ctx, s, one); err != nil {
			return ended, err
		}
		ended++
	}
	return ended, nil
}

// revokeUser ends all sessions of a user: those that are bound with one write,
// whatever they are doing, and then whatever else says that it is the user's.
func (o *operator) revokeUser(ctx context.Context, s store.Store) (ended int, err error) {
	id, err := o.userID(ctx)
	if err != nil {
		return 0, err
	}
	if ended, err = operate.RevokeUser(ctx, s, id); err != nil {
		return ended, err
	}
	more, err := o.revokeWhere(ctx, s, func(one operate.Session) bool {
		return one.Is(id, auth.Fold) || one.Is(o.user, auth.Fold)
	})
	return ended + more, err
}

// userID returns the id of the account with the name of --user, or what was given
// if there is none: then it is an id, or the name of an account kept elsewhere.
func (o *operator) userID(ctx context.Context) (string, error) {
	e, err := o.openAccounts(ctx)
	if errors.Is(err, fs.ErrNotExist) {
		return o.user, nil
	}
	if err != nil {
		return "", err
	}
	o.opened = append(o.opened, e)
	users, err := e.accounts(ctx)
	if err != nil {
		return "", err
	}
	account, err := users.Find(ctx, o.user, auth.Fold(o.user))
	if errors.Is(err, auth.ErrNoAccount) {
		return o.user, nil
	}
	return account.ID, err
}

// openAccounts opens what keeps the accounts: the engine of the sessions, or else
// the database in the data folder.
func (o *operator) openAccounts(ctx context.Context) (*engine, error) {
	at, err := parseLocation("--store", o.url)
	if err != nil {
		return nil, err
	}
	e, err := at.openExisting(ctx, o.data)
	if err != nil || e.accounts != nil {
		return e, err
	}
	if err := e.Close(); err != nil {
		return nil, err
	}
	return (location{engine: inSQLite}).openExisting(ctx, o.data)
}

func (o *operator) revokeWhere(ctx context.Context, s store.Store, meant func(operate.Session) bool) (int, error) {
	bar := newBar(ctx, o.stderr, "revoking", s)
	defer bar.finish()
	return operate.RevokeWhere(ctx, s, meant, bar.at)
}

// clear is "sessions clear".
func (o *operator) clear(ctx context.Context) error {
	if err := o.noArgs(); err != nil {
		return err
	}
	s, err := o.openStore(ctx)
	if err != nil {
		return err
	}
	c, ok := s.(store.Clearer)
	if ok {
		err = c.Clear(ctx)
	}
	if !ok || errors.Is(err, errors.ErrUnsupported) {
		return errors.New("this store cannot be cleared at once; use revoke --all")
	}
	if err != nil {
		return err
	}
	if o.json {
		return o.printJSON(map[string]bool{"cleared": true})
	}
	_, err = fmt.Fprintln(o.stdout, "all sessions are gone")
	return err
}

// copy is "sessions copy".
func (o *operator) copy(ctx context.Context) error {
	if err := o.noArgs(); err != nil {
		return err
	}
	if o.from == "" || o.to == "" || o.from == o.to {
		return usageError{errors.New("sessions copy: give two stores, --from and --to")}
	}
	if o.mirror && o.toHash {
		return usageError{errors.New("sessions copy: --mirror cannot tell which session a hash is of; leave out --to-hash-ids or --mirror")}
	}
	from, err := o.open(ctx, "--from", o.from, o.encryptKey, false)
	if err != nil {
		return err
	}
	to, err := o.open(ctx, "--to", o.to, o.toKey, true)
	if err != nil {
		return err
	}
	if o.toHash {
		to = store.HashIDs(to)
	}
	bar := newBar(ctx, o.stderr, "copying", from)
	done, err := operate.Copy(ctx, from, to, operate.CopyOptions{
		Mirror: o.mirror, Progress: func(c operate.Copied) { bar.at(c.Looked) },
	})
	bar.finish()
	if printErr := o.printCopied(done); err == nil {
		err = printErr
	}
	return err
}

func (o *operator) printCopied(c operate.Copied) error {
	if o.json {
		return o.printJSON(c)
	}
	_, err := fmt.Fprintf(o.stdout, "%d looked at: %d copied, %d updated, %d skipped, %d expired, %d revoked, %d removed\n",
		c.Looked, c.Copied, c.Updated, c.Skipped, c.Expired, c.Revoked, c.Removed)
	return err
}
