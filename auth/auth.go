package auth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime"

	"github.com/sojourn-dev/sojourn/session"
)

// Authenticator registers users and logs them in and out. It is made by [New],
// owns no goroutine, needs no closing, and is safe for concurrent use.
type Authenticator struct {
	o      Options
	hasher *hasher
}

// New returns an Authenticator. The error wraps [ErrInvalidOptions] and says
// which option is wrong.
func New(o Options) (*Authenticator, error) {
	o = o.withDefaults()
	if err := o.validate(); err != nil {
		return nil, err
	}
	return &Authenticator{o: o, hasher: newHasher(o.Cost, runtime.GOMAXPROCS(0), o.MaxQueued)}, nil
}

// Credentials are what somebody types to register or to log in.
type Credentials struct {
	// Username is the name. Space around it is taken away.
	Username string
	// Password is taken as it is, to the last byte.
	Password string
	// Remember has the session outlive the browser, for Options.RememberFor.
	// Without it the session's cookie ends with the browser.
	Remember bool
}

// Register creates an account and logs it in, as [Authenticator.Login] does.
//
// The error wraps one or more of the ErrName… and ErrPassword… errors when the
// credentials will not do, [ErrNameTaken] among them, or [ErrBusy]. When the
// account was created but the session could not be stored, the account stays.
func (a *Authenticator) Register(w http.ResponseWriter, r *http.Request, c Credentials) (User, error) {
	account, err := a.create(r.Context(), c)
	if err != nil {
		return User{}, err
	}
	return a.begin(w, r, account.User(), c.Remember)
}

func (a *Authenticator) create(ctx context.Context, c Credentials) (Account, error) {
	name, key, err := checkName(c.Username)
	if err := errors.Join(err, checkPassword(c.Password)); err != nil {
		return Account{}, err
	}
	hash, err := a.hasher.hash(ctx, c.Password)
	if err != nil {
		return Account{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, a.o.Timeout)
	defer cancel()
	account := Account{Username: name, Key: key, Hash: hash}
	if account.ID, err = a.o.Accounts.Create(ctx, account); err != nil {
		return Account{}, fmt.Errorf("creating the account: %w", err)
	}
	return account, nil
}

// Login checks the credentials and has the session of r begin again as that
// user's: under a new id, and without what it held if that was another user's.
// It is stored when Login returns, so the header must not have been sent yet.
// w is for cookies: Login writes neither a status nor a body.
//
// The error wraps [ErrCredentials], the same and after the same work whether
// the user or the password is wrong, or [ErrBusy]. Any other is a failure of
// Accounts or of the session.
func (a *Authenticator) Login(w http.ResponseWriter, r *http.Request, c Credentials) (User, error) {
	u, err := a.authenticate(r.Context(), c)
	if err != nil {
		return User{}, err
	}
	return a.begin(w, r, u, c.Remember)
}

func (a *Authenticator) authenticate(ctx context.Context, c Credentials) (User, error) {
	if hashable(c.Password) != nil {
		return User{}, ErrCredentials // nobody has such a password, whatever the name
	}
	account, err := a.find(ctx, c.Username)
	if err != nil && !errors.Is(err, ErrNoAccount) {
		return User{}, fmt.Errorf("finding the account: %w", err)
	}
	renewed, err := a.hasher.compare(ctx, account.Hash, c.Password)
	if err != nil {
		return User{}, err
	}
	if renewed != "" {
		a.replaceHash(ctx, account, renewed)
	}
	return account.User(), nil
}

// find returns the account of that name. A name that nobody can have is asked
// for all the same, to take as long.
func (a *Authenticator) find(ctx context.Context, name string) (Account, error) {
	ctx, cancel := context.WithTimeout(ctx, a.o.Timeout)
	defer cancel()
	return a.o.Accounts.Find(ctx, Fold(name))
}

// replaceHash keeps a hash of the current cost. If it cannot, the next login
// tries again.
func (a *Authenticator) replaceHash(ctx context.Context, account Account, renewed string) {
	ctx, cancel := context.WithTimeout(ctx, a.o.Timeout)
	defer cancel()
	err := a.o.Accounts.ReplaceHash(ctx, account.ID, account.Hash, renewed)
	if err != nil && !errors.Is(err, ErrNoAccount) { // changed meanwhile: then it is new anyway
		a.o.Logger.WarnContext(ctx, "auth: a password hash was not renewed", "err", err)
	}
}

// Logout ends the session of r, for every request that is still using it, and
// clears its cookie. Logging out nobody is no error.
func (a *Authenticator) Logout(r *http.Request) error {
	if err := session.From(r).Destroy(r.Context()); err != nil {
		return fmt.Errorf("logging out: %w", err)
	}
	return nil
}
