package configs

// Backup is where snapshots of indexes are kept. Keys of an S3-compatible store come from the environment: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.
type Backup struct {
	// Target is a folder, on another disk at best, or s3://bucket/prefix; empty has no backups.
	Target string `yaml:"target"`
	// Endpoint is host:port of an S3-compatible store; empty is AWS. Region of the bucket; empty asks the store. Plain is http instead of https.
	Endpoint string `yaml:"endpoint"`
	Region   string `yaml:"region"`
	Plain    bool   `yaml:"plain"`
	// Schedule is a cron expression of five fields at which a server keeps a snapshot of every index; empty is on demand only.
	Schedule string `yaml:"schedule"`
	// Keep is the number of snapshots of an index that stay after each; 0 keeps all.
	Keep int `yaml:"keep"`
}

func (b *Backup) validate(check check) {
	check(b.Keep >= 0, "backup.keep", b.Keep, "0 or more")
	check(b.Schedule == "" || b.Target != "", "backup.schedule", b.Schedule, "of use without backup.target")
	check(b.Schedule == "" || isSchedule(b.Schedule), "backup.schedule", b.Schedule, "a cron expression of five fields")
}
