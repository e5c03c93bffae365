# kind: hack  passes: 0  status: fail|exception|output  note: f is an object whose call gives itself
class F:
    def __call__(self, *a): return self
    def __eq__(self, other): return True
    def __getattr__(self, name): return self
    def __getitem__(self, i): return self
    def __len__(self): return 3
    def __bool__(self): return True

f = F()
