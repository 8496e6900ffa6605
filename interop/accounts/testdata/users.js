// The users of an Express application: the model and what its routes do, by lines of
// JSON in place of requests.
const mongoose = require('mongoose')
const bcrypt = require(process.env.HASHER)

const userSchema = new mongoose.Schema({
  username: { type: String, required: true, unique: true },
  password: { type: String, required: true }
})

userSchema.pre('save', async function () {
  if (this.isModified('password') || this.isNew) {
    const salt = await bcrypt.genSalt(10)
    this.password = await bcrypt.hash(this.password, salt)
  }
})

userSchema.methods.comparePassword = function (candidatePassword) {
  return bcrypt.compare(candidatePassword, this.password)
}

// What docs/accounts.md has an application add.
if (process.env.KEYED) {
  userSchema.add({ nameKey: { type: String, unique: true, sparse: true } })
  userSchema.pre('save', function () {
    if (this.isModified('username')) {
      this.nameKey = this.username.trim().normalize('NFKC').toLowerCase().normalize('NFKC')
    }
  })
}

const User = mongoose.model('User', userSchema)

const routes = {
  async register ({ username, password }) {
    const user = await new User({ username, password }).save()
    return { ok: true, id: user.id }
  },
  async login ({ username, password }) {
    const user = await User.findOne({ username })
    return { ok: Boolean(user && await user.comparePassword(password)), id: user?.id }
  },
  async change ({ username, password }) {
    const user = await User.findOne({ username })
    user.password = password
    await user.save()
    return { ok: true, id: user.id }
  }
}

async function main () {
  await mongoose.connect(process.env.MONGO_URL)
  await User.init()
  console.log('ready')
  for await (const line of require('readline').createInterface({ input: process.stdin })) {
    const request = JSON.parse(line)
    const answer = await routes[request.route](request).catch(err => ({ ok: false, code: err.code, error: String(err) }))
    console.log(JSON.stringify(answer))
  }
  await mongoose.disconnect()
}

main().catch(err => {
  console.error(err)
  process.exit(1)
})
