package export

// WithShard makes files of Parquet that stay below another size.
func (o Options) WithShard(size int64) Options {
	o.shard = size
	return o
}

// SizeOf is how many bytes a row is counted as.
var SizeOf = sizeOf

// GroupBytes is the most that a row group holds, FooterBytes what is kept free in a shard.
const (
	GroupBytes  = groupBytes
	FooterBytes = footerBytes
)
