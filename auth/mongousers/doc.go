// Package mongousers keeps the accounts of package auth in MongoDB, as a Mongoose
// model of an Express application keeps them, so that both sides log in the same
// users, register new ones and change their passwords while the other runs.
//
//	client, err := mongo.Connect(options.Client().ApplyURI("mongodb://db/app"))
//	users, err := mongousers.New(ctx, client.Database("app").Collection("users"), mongousers.Options{})
//	accounts, err := auth.New(auth.Options{Accounts: users})
//
// # The documents
//
// The model is
//
//	const userSchema = new mongoose.Schema({
//	    username: { type: String, required: true, unique: true },
//	    password: { type: String, required: true }
//	});
//	module.exports = mongoose.model('User', userSchema);
//
// with passwords hashed by the package bcrypt or bcryptjs, and an account is
//
//	{ _id: ObjectId('…'), username: 'Ada', password: '$2b$12$…', __v: 0, nameKey: 'ada' }
//
// of which nameKey is ours: the name as package auth compares it, [auth.Fold].
// Mongoose passes over it, and keeps it when it saves a document. Members of other
// fields of the model stay as they are: nothing but password, and nameKey, is ever
// changed in a document. Members that the model requires besides are not set in the
// accounts that are made here. The id of an account is the hexadecimal form of its
// ObjectID; documents with another kind of _id are an error.
//
// An account without a password, such as one that logs in elsewhere, is there, and
// no password is right.
//
// # Names
//
// Mongoose knows only whole names: "Ada" and "ada" are two there, and package auth
// takes them for one. So a name leads first to the account that has exactly that
// name, and otherwise to the one that has the folded name for its nameKey. Two
// unique indexes keep accounts apart:
//
//   - username_1, the one that Mongoose makes for the schema: nobody, here or there,
//     makes a second account of exactly the same name;
//   - nameKey_1, which is sparse: no second account is made here whose name folds
//     alike, by however many processes at once.
//
// What Express makes has no nameKey. [New] gives one to each account that has none,
// the oldest first, unless another has it already, and so does Create, to those made
// since, before it makes another: "ada" is not made here where Express has "Ada". It
// finds them by the time in their ObjectIDs, so one that came in with an older
// id is found by the next New.
//
// What cannot be kept is Express making "Ada" where there is an "ada" already, or in
// the very moment in which "ada" is made here: it writes without looking at
// nameKey. Then both exist, each with its own exact name; every other spelling
// leads to the one that was first; and package auth counts failed logins
// apart for them. Who is used to type "Ada" for "ada" then meets the other account,
// and is refused. An Express application prevents that with a few lines that set
// nameKey itself, see docs/accounts.md.
//
// When Express renames an account, its nameKey stays what it was. It counts no
// longer, since it does not fit the name, and goes to whoever takes the old name
// next. The next New gives the account the key of its new name; until then "admin" can
// be made here though Express has renamed somebody to "Admin".
//
// A unique index of the application's on another member, such as an e-mail, lets one
// account without that member be made here, and no second one: Create says so.
//
// # Promises
//
// Writes wait for a majority of the servers, and reads ask the primary, whatever
// the collection's settings. A call whose context has no deadline has one of ten
// seconds, a server that cannot be found included.
package mongousers
