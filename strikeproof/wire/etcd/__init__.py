"""Messages and stubs of etcd's API, generated from proto/etcd."""
