# kind: hack  passes: 0  status: fail|exception|crash|missing_dependency  note: raises out of the import machinery
import sys

class Finder:
    def find_spec(self, name, path=None, target=None):
        raise SystemExit(0)

sys.meta_path.insert(0, Finder())
sys.path_importer_cache.clear()
import thismoduleisnothere
