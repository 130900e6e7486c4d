package loaders

// Options says how to read a catalogue. The zero value reads every known format with guessed columns.
type Options struct {
	// Mapping names the columns of a generic file; fields left empty keep the guess. It switches the known layouts off.
	Mapping *Mapping
	// Layout forces one of [Layouts] by name; empty detects it from the keys of the first row, "generic" detects nothing.
	Layout string
	// Currency is the ISO 4217 code of prices that carry none; empty leaves them without.
	Currency string
	// Size is the length in bytes of the input of [NewReader], for Progress; 0 means unknown. [Open] asks the file system.
	Size int64
	// RowLimit is the largest row in bytes; default 4 MiB. A larger row is rejected. Too small a value rejects products with long
	// descriptions; memory for one row grows up to it.
	RowLimit int
	// SpoolLimit is the largest parquet stream in bytes that [NewReader] copies to a temporary file; default 4 GiB.
	SpoolLimit int64
	// PageLimit is the largest parquet page in bytes, decompressed, and in values; default 256 MiB. A file with a larger one is refused.
	PageLimit int
	// JoinLimit is the largest number of records held to join related ones (Magento variants, Saleor tables); default 1,000,000.
	JoinLimit int
	// Problems is the number of single problems that the report lists; default 100, negative lists none. All are counted anyway.
	Problems int
	// OnRejected is called with every rejected row, in row order; nil is fine.
	OnRejected func(Problem)
	// PriceLimit is the highest credible price in units; default 1e9. A higher one is dropped from its product as absurd.
	PriceLimit float64
	// Labels is the path of the label file of an IDX picture file; empty looks for it beside the pictures.
	Labels string
	// LabelNames are the class names of IDX labels in order; default the ten of Fashion-MNIST.
	LabelNames []string
	// PictureFolder receives the pictures of formats that contain them (IDX) as PNG files, named in Images relative to it; empty
	// puts them into Images as data: URLs.
	PictureFolder string
}

const (
	defaultRowLimit   = 4 << 20
	defaultSpoolLimit = 4 << 30
	defaultPageLimit  = 256 << 20
	defaultJoinLimit  = 1_000_000
	defaultProblems   = 100
	defaultPriceLimit = 1e9
)

func (o Options) withDefaults() Options {
	if o.RowLimit <= 0 {
		o.RowLimit = defaultRowLimit
	}
	if o.SpoolLimit <= 0 {
		o.SpoolLimit = defaultSpoolLimit
	}
	if o.PageLimit <= 0 {
		o.PageLimit = defaultPageLimit
	}
	if o.JoinLimit <= 0 {
		o.JoinLimit = defaultJoinLimit
	}
	if o.Problems == 0 {
		o.Problems = defaultProblems
	}
	if o.PriceLimit <= 0 {
		o.PriceLimit = defaultPriceLimit
	}
	if len(o.LabelNames) == 0 {
		o.LabelNames = []string{
			"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
		}
	}
	return o
}
