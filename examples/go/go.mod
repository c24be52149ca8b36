module jobsem.example/go

go 1.21
