// Each of these tests needs the whole machine: a stack of eleven nodes and a load generator.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
