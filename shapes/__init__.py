"""What must hold: SHACL shapes, and the rules that find where a source contradicts itself."""
